// What the doctor says of one thing: one line that names the place, the problem and the mend.

/** `unjudged`: it could not be found out from here, and the line says how it can. */
export type Level = 'ok' | 'warning' | 'problem' | 'unjudged'

export interface Finding {
  /** One word or two: what was looked at. */
  readonly check: string
  readonly level: Level
  /** Never a secret. */
  readonly text: string
}

export interface Findings {
  ok(text: string): Finding
  warning(text: string): Finding
  problem(text: string): Finding
  unjudged(text: string): Finding
}

export function findingsOf(check: string): Findings {
  const say = (level: Level) => (text: string) => ({ check, level, text })
  return {
    ok: say('ok'),
    warning: say('warning'),
    problem: say('problem'),
    unjudged: say('unjudged'),
  }
}
