// The run cannot say anything: one sentence that names the assumption that failed, and what to set.

export class Unjudged extends Error {
  /** `message`: small at its beginning, a full stop at its end. */
  constructor(message: string) {
    super(message)
    this.name = 'Unjudged'
  }
}
