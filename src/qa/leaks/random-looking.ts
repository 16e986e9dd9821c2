// Does this text look drawn by chance, as the name of a session or a token does? Pure.

/** Shorter ones may be anything; a longest run of a UUID has twelve. */
const LEAST = 16
const LEAST_RUN = 12
const LEAST_DIGITS = 3
/** From letters to digits and back: words with a number behind them have fewer. */
const LEAST_TURNS = 4

/** No word, sentence, number, date, path or address, nor the name of a machine. */
export function isRandom(text: string): boolean {
  if (!/^[\w.~%+/=:-]+$/.test(text) || text.length < LEAST) return false
  if (/%20|\+.*\+/.test(text) || /^\d{4}-?\d\d-?\d\dT?/.test(text)) return false
  if (/^[a-z][a-z\d+.-]*:\/\/|^[./~]*\/|^www\./i.test(text)) return false
  const runs = text.replaceAll(/%[0-9a-f]{2}/gi, ' ').match(/[A-Za-z\d]+/g) ?? []
  const whole = runs.join(' ')
  const turns = whole.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0
  return (
    (whole.match(/\d/g)?.length ?? 0) >= LEAST_DIGITS &&
    turns >= LEAST_TURNS &&
    runs.some((run) => run.length >= LEAST_RUN)
  )
}
