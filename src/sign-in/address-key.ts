// Gives each network neighbour one name, however its address is written.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** A host may use its whole IPv6 /64: counting single addresses there counts nothing. */
const IPV6_BITS = 64

/**
 * IPv4 (also inside IPv6, `::ffff:192.0.2.1`) as it is, IPv6 as its /64 network, zone dropped; every text that is
 * no address shares one name.
 */
export function addressKey(address: string): string {
  const plain = address.trim()
  // The library alone takes what inet_aton takes: "1" would be an address.
  if (isIP(plain) === 0) return 'unknown'
  const parsed = ipaddr.process(plain)
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_BITS}`)
  return `${network.toString()}/${IPV6_BITS}`
}
