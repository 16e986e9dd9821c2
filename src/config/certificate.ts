// A certificate authority's PEM is read once, at start, so that a broken file is found there.
import { X509Certificate } from 'node:crypto'
import type { Context } from './context.ts'
import type { Path } from './tree.ts'

/** The PEM; `undefined` when none is given, or when it is a problem. */
export function authority(
  pem: string | undefined,
  addresses: readonly URL[],
  path: Path,
  { problems }: Context,
): string | undefined {
  if (pem === undefined) return undefined
  if (!isPem(pem)) {
    problems.add(path, 'must be a certificate in PEM form: write { file: ca.pem }')
    return undefined
  }
  if (!addresses.some(({ protocol }) => protocol === 'https:')) {
    problems.add(path, 'is of no use: none of these addresses is https')
    return undefined
  }
  return pem
}

/** True for one certificate or several, whole and readable. */
export function isPem(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return blocks.length > 0 && blocks.every(isCertificate)
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}
