// The flags of `coatcheck qa replay`, and what they ask for.
import { originIn } from '../config/addresses.ts'
import type { OwnerChoice } from '../qa/replay/owner.ts'
import type { Pace } from '../qa/replay/play.ts'

export interface ReplayFlags {
  readonly target: string
  readonly passwords?: string
  readonly config?: string
  readonly speed: string
  readonly reorder?: string
  readonly owner?: string
  readonly is?: string
  readonly ownerPath?: string
  readonly compare?: string
  readonly json?: string
  readonly html?: string
  readonly allowHost: readonly string[]
}

export interface Asked {
  readonly target: string
  readonly pace: Pace
  readonly seed: number
  readonly owner: OwnerChoice
  readonly compare: readonly string[]
}

/** A sentence where a flag is wrong. */
export async function askedOf(flags: ReplayFlags): Promise<Asked | string> {
  const origin = originIn(flags.target)
  if (origin === undefined) {
    return '--target takes an http(s) address without a user or a path, such as http://localhost:3000.'
  }
  const { hostComplaint } = await import('../qa/leaks/hosts.ts')
  const complaint = hostComplaint(origin, flags.allowHost, 'pass')
  if (complaint !== undefined) return complaint
  const seed = flags.reorder === undefined ? 0 : Number(flags.reorder)
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    return '--reorder takes a whole number from 0 to 4294967295.'
  }
  if (!['order', 'recorded', 'fastest'].includes(flags.speed)) {
    return '--speed is order, recorded or fastest.'
  }
  const compare = (flags.compare ?? '').split(',').filter((one) => one !== '')
  const odd = compare.find((one) => !one.startsWith('/'))
  if (odd !== undefined) return `--compare takes JSON Pointers such as /name, and ${odd} is none.`
  const owner = ownerOf(flags)
  if (typeof owner === 'string' && owner !== 'none') return owner
  const { createDice } = await import('../qa/leaks/dice.ts')
  const pace: Pace =
    flags.reorder === undefined
      ? { kind: flags.speed as 'order' | 'recorded' | 'fastest' }
      : { kind: 'reorder', below: createDice(seed).roll }
  return { target: origin, pace, seed, owner, compare }
}

/** A sentence where a flag is wrong. */
function ownerOf({ owner, is, ownerPath }: ReplayFlags): OwnerChoice | string {
  if (owner === undefined || owner === 'none') {
    const extra = is === undefined ? '--owner-path' : '--is'
    return (is ?? ownerPath) === undefined
      ? owner
      : `${extra} needs --owner, such as --owner /name.`
  }
  if (!/^\/|^[!#$%&'*+.^_`|~\w-]+$/.test(owner)) {
    return '--owner takes a JSON Pointer such as /name, the name of a header, or none.'
  }
  const paths = (ownerPath ?? '').split(',').filter((one) => one !== '')
  const odd = paths.find((one) => !one.startsWith('/'))
  if (odd !== undefined) return `--owner-path takes paths such as /api/user, and ${odd} is none.`
  const rule = owner.startsWith('/') ? { field: owner } : { header: owner.toLowerCase() }
  return { rule: { ...rule, is: is ?? 'sub' }, paths }
}
