// Nothing came back: what that says about the address, and what to do. Pure.
import type { NoAnswer } from './wire.ts'

/** What stands after `did not answer: `, the mend included; a full stop at its end. */
export function whyNoAnswer(origin: string, why: NoAnswer): string {
  const { protocol, hostname } = new URL(origin)
  const other = protocol === 'https:' ? 'http' : 'https'
  switch (why) {
    case 'refused':
      return 'the connection was refused; start it, or correct the address.'
    case 'unknown-host':
      return `the host name ${hostname} is not known; correct the address.`
    case 'untrusted':
      return `its certificate is not trusted, or is for another name; set NODE_EXTRA_CA_CERTS to a file with the certificate, or with that of who issued it.`
    case 'not-http':
      return `it was reached, and what came back is not ${protocol.slice(0, -1)}; write ${other}:// in the address, or correct its port.`
    case 'cut':
      return `the connection was cut; write ${other}:// in the address if that is what it speaks, or look into its log.`
    case 'late':
      return 'nothing came in time; look whether it hangs, or give it longer (timeouts.request).'
    case 'large-headers':
      return 'the headers of its answer are larger than 16 KiB; let it set fewer or smaller cookies.'
    case 'nothing':
      return 'it could not be reached; start it, or correct the address.'
  }
}
