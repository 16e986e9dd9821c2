// What each kind of bug means, in a few words. Pure.
import type { BugClass } from '../run.ts'

export const explanations: Readonly<Record<BugClass, string>> = {
  'shared-jar': 'Shared jar: the last sign-in wins.',
  'leaked-default-header':
    'Leaked default header: who brings no credential of their own gets those of the last sign-in.',
  'cached-set-cookie': "Cached Set-Cookie: one user's session cookie is handed to the next.",
  'cached-answer': 'Cached answer: what the first one was answered is handed to whoever asks next.',
  'request-race':
    "Request race: all is well until two ask at the same time; then one gets the other's answer.",
  'desynchronised-responses':
    'Desynchronised responses: after somebody left early, each answer goes to the next one who asks.',
  'session-fixation':
    'Session fixation: a session that was known before the sign-in is signed in after it.',
  'per-process-memory': 'Per-process memory: a session is known to one process only.',
  'connection-bound':
    'Connection-bound: the identity sticks to a keep-alive connection, whoever uses it next.',
  'single-session': 'One session at a time: a sign-in ends those of everybody else.',
  unknown: 'The history fits none of the kinds that can be told apart.',
}
