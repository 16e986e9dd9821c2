// A browser and a system in a few words, so that people recognise their own sessions.
import Bowser from 'bowser'

/** `Firefox on Linux`; `unknown` when the User-Agent tells nothing. Never longer than 60 characters. */
export function deviceOf(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent === '') return 'unknown'
  const { browser, os } = Bowser.parse(userAgent.slice(0, 512))
  const words = [browser.name, os.name].filter((word) => word !== undefined && word !== '')
  return words.join(' on ').slice(0, 60) || 'unknown'
}
