// Which hosts are tried: this machine, and those that somebody named. Pure.
import { isLoopback } from '../../config/addresses.ts'

/** `undefined` where the origin may be tried; else one sentence. `mend`: what to do besides the flag. */
export function hostComplaint(
  origin: string,
  allowed: readonly string[],
  mend = 'name it in allowHosts, or pass',
): string | undefined {
  const { hostname, host } = new URL(origin)
  const bare = hostname.replace(/^\[|\]$/g, '')
  const isNamed = allowed.some((one) => [hostname, host, bare].includes(one.toLowerCase()))
  if (isNamed || isLoopback(hostname)) return undefined
  return `${hostname} is not this machine: ${mend} --allow-host ${bare}, where you may load it with requests.`
}
