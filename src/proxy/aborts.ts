// Why an exchange was cut off, each with the code that failures are told apart by.

/** The browser left before its answer was whole. */
export class ClientGone extends Error {
  readonly code = 'CLIENT_GONE'
}

/** The upstream's answer cannot be passed on as what it says it is. */
export class InvalidAnswer extends Error {
  readonly code = 'INVALID_ANSWER'
}

/** Nobody gets this answer, and what is left of it is not worth reading. */
export class Discarded extends Error {
  readonly code = 'DISCARDED'
}

/** More of a body came than its route takes. */
export class TooLarge extends Error {
  readonly code = 'TOO_LARGE'
}
