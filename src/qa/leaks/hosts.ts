// Which hosts are tried: this machine, and those that somebody named. Pure.
import { BlockList, isIP } from 'node:net'

/** `undefined` where the origin may be tried; else one sentence. */
export function hostComplaint(origin: string, allowed: readonly string[]): string | undefined {
  const { hostname, host } = new URL(origin)
  if (isLoopback(hostname) || allowed.some((one) => [hostname, host].includes(one.toLowerCase()))) {
    return undefined
  }
  return `${hostname} is not this machine: name it in allowHosts, or pass --allow-host ${hostname}, where you may load it with requests.`
}

export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '')
  const version = isIP(name)
  if (version === 0) return name === 'localhost' || name.endsWith('.localhost')
  const own = new BlockList()
  own.addSubnet('127.0.0.0', 8, 'ipv4')
  own.addAddress('::1', 'ipv6')
  return own.check(name, version === 4 ? 'ipv4' : 'ipv6')
}
