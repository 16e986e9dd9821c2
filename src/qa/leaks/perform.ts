// Does what a history says, step by step, and tells what was seen of each.
import type { Clock } from '../../lib/clock.ts'
import { type Asking, actionOf, isWhoamiOf, pathOf, shownPath, viaOf } from './asking.ts'
import type { Passed } from './doubts.ts'
import { beginSignIn, endSignIn } from './entering.ts'
import { createExchange, type Exchanged } from './exchange.ts'
import { isHop } from './hops.ts'
import { judgeStep } from './judge-step.ts'
import type { Knowledge } from './knowledge.ts'
import type { Messages } from './messages.ts'
import { learnCookies } from './own-cookies.ts'
import { pageSeen } from './page-seen.ts'
import { fillBody, fillPath, shownBody, valuesOf } from './placeholders.ts'
import { createPrepare, createTokenHider, type Prepared } from './prepare.ts'
import { sightOf } from './sight.ts'
import type { Actor, Stage } from './stage.ts'
import type { Batch, Observation, Step } from './step.ts'
import type { Target, User } from './target.ts'
import { addTime, usual } from './usual-time.ts'
import type { Wire, WireAnswer } from './wire.ts'

export interface Performer {
  /** One batch after the other; the steps of each at the same moment. In the order of the steps. */
  perform(stage: Stage, batches: readonly Batch[]): Promise<Observation[]>
  /** This user's last answer, or why there was none, for whoever has to say why nothing can be judged. Never shown. */
  lastAnswer(user: string): WireAnswer | undefined
}

export interface PerformerOptions {
  readonly target: Target
  readonly wire: Wire
  readonly clock: Clock
  /** Epoch ms. */
  readonly startedAt: number
  readonly knowledge: Knowledge
  readonly messages: Messages
  /** Restarts the service; resolves when it answers again. */
  readonly restart: () => Promise<void>
  /** Waits for a request's turn, where a rate is set. */
  readonly turn: () => Promise<void>
  /** When who leaves is gone, ms after the request began; `usualMs`: what a quarter of the requests stay below. */
  readonly leaveAfterMs: (usualMs: number) => number
  /** How long whoami took of late, ms; added to. */
  readonly times: number[]
  readonly observe: (observation: Observation) => void
}

export function createPerformer(options: PerformerOptions): Performer {
  const { target, clock, startedAt, knowledge, messages } = options
  const exchange = createExchange(options)
  const prepare = createPrepare({ target, exchange, knowledge })
  const hideTokens = createTokenHider(target, knowledge)
  const users = new Map(target.users.map((user) => [user.name, user] as const))
  const answers = new Map<string, WireAnswer>()
  const passes = new Map<string, readonly Passed[]>()
  const { times } = options
  const now = () => clock.now() - startedAt

  async function send(
    actor: Actor,
    step: Asking,
    user: User,
    prepared: Prepared | undefined,
  ): Promise<Exchanged> {
    const { action, values, accept, page } = prepared ?? {}
    const path = fillPath(pathOf(step, target), valuesOf(user))
    const body = action?.body && fillBody(action.body, valuesOf(user, values))
    const leave = step.do === 'leave' ? { leaveAfterMs: options.leaveAfterMs(usual(times)) } : {}
    const method = action?.method ?? 'GET'
    const from = page?.path
    return exchange(actor, viaOf(step), { method, path, action, body, accept, from, ...leave })
  }

  async function request(stage: Stage, step: Asking): Promise<Observation> {
    const actor = stage.actors.get(step.user)
    if (!actor) throw new Error(`nobody is called ${step.user}`)
    const user = users.get(step.user) ?? { name: step.user, fields: { name: step.user } }
    const action = actionOf(step, target)
    const facts = factsOf(stage, step, now())
    const signedIn = actor.valid
    if (step.do === 'sign-in') beginSignIn(stage, actor, step.holding, target)
    if (step.do === 'sign-out') actor.valid = false
    if (step.do === 'leave') stage.left = true

    const prepared =
      action && (step.do === 'sign-in' || step.do === 'sign-out')
        ? await prepare(actor, step.do, action, user)
        : undefined
    const { answer, sent } =
      prepared?.lacks === undefined ? await send(actor, step, user, prepared) : UNSENT
    const endMs = now()
    const heard = answer.kind === 'answer' ? answer : undefined
    const last = prepared?.lacks === undefined ? answer : (prepared.page?.answer ?? answer)
    if (step.do !== 'leave') answers.set(actor.name, last)
    const judgement = judgeStep(actor, step, heard, options)
    if (judgement.outcome === 'own') addTime(times, endMs - facts.startMs)
    // Told before it is learned whose these cookies and tokens are: they are whoever's they were until now.
    const isForeign = judgement.outcome === 'foreign'
    const foreign = messages.foreignIn(
      isForeign ? heard : undefined,
      actor.name,
      pathOf(step, target),
    )
    const rule = isWhoamiOf(step, target) ? target.whoami.owner : undefined
    const looking = { user: actor.name, owner: judgement.owner ?? '', rule, foreign }
    const sight = isForeign && heard ? sightOf(heard, looking, knowledge) : undefined
    if (heard) learnCookies(actor, heard.headers, knowledge)
    if (heard) hideTokens(actor, heard.body)
    if (step.do === 'sign-in') {
      const { status = 0, body = '' } = heard ?? {}
      endSignIn(stage, actor, { status, body }, target, knowledge)
    }
    const shown = action?.body && shownBody(action.body, user)
    const kept = messages.keep(judgement, { headers: sent, body: shown ?? '' }, heard, foreign)
    const page = prepared && pageSeen(user, prepared, options)
    const observation: Observation = {
      ...facts,
      signedIn,
      method: action?.method ?? 'GET',
      path: target.base + shownPath(pathOf(step, target), user),
      endMs,
      // Who left has read nothing, even where the answer was quicker.
      status: step.do === 'leave' ? 0 : (heard?.status ?? 0),
      outcome: judgement.outcome,
      ...(judgement.owner === undefined ? {} : { owner: judgement.owner }),
      ...(heard?.unread === undefined || step.do === 'leave' ? {} : { unread: heard.unread }),
      ...(judgement.passed ? { passed: sameOf(actor.name, step, judgement.passed) } : {}),
      ...(judgement.stillIn ? { stillIn: true } : {}),
      ...(sight ? { sight } : {}),
      ...(hasHops(heard) ? { redirected: true } : {}),
      ...(hasHops(prepared?.page?.answer) ? { pageRedirected: true } : {}),
      ...kept,
      ...page,
    }
    options.observe(observation)
    return observation
  }

  /** A list of everybody passes thousands of times: kept once. */
  function sameOf(user: string, step: Asking, passed: readonly Passed[]): readonly Passed[] {
    const words = passed.map(({ owner, kind }) => `${owner} ${kind}`)
    const key = [user, pathOf(step, target), ...words].join('\n')
    const known = passes.get(key) ?? passed
    passes.set(key, known)
    return known
  }

  async function restart(stage: Stage, step: Step): Promise<Observation> {
    const facts = factsOf(stage, step, now())
    await options.restart()
    stage.restarted = true
    const none = { signedIn: false, status: 0, outcome: 'plain', marks: [] } as const
    return { ...facts, ...none, method: 'RESTART', path: '', endMs: now() }
  }

  return {
    async perform(stage, batches) {
      const seen: Observation[] = []
      for (const batch of batches) {
        const all = batch.map((step) =>
          step.do === 'restart' ? restart(stage, step) : request(stage, step),
        )
        seen.push(...(await Promise.all(all)))
        stage.batches++
      }
      return seen
    },
    lastAnswer: (user) => answers.get(user),
  }
}

function hasHops(answer: WireAnswer | undefined): boolean {
  const headers = answer?.kind === 'answer' ? answer.headers : []
  return headers.some((name, at) => at % 2 === 0 && isHop(name))
}

const UNSENT: Exchanged = { answer: { kind: 'none', why: 'nothing' }, sent: {} }

function factsOf(stage: Stage, step: Step, startMs: number) {
  return {
    step,
    phase: stage.phase,
    batch: stage.batches,
    startMs,
    ...(stage.lastSignIn === undefined ? {} : { lastSignIn: stage.lastSignIn }),
    afterLeave: stage.left,
    afterRestart: stage.restarted,
  }
}
