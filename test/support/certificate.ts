// Makes a self-signed certificate for 127.0.0.1 and localhost that nothing trusts, within milliseconds.
import { generate } from 'selfsigned'

export interface Certificate {
  /** PEM. */
  readonly key: string
  /** PEM; handed over as `ca` it makes the certificate trusted. */
  readonly cert: string
}

export async function createCertificate(): Promise<Certificate> {
  const subject = [{ name: 'commonName', value: 'localhost' }]
  const made = await generate(subject, {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { key: made.private, cert: made.cert }
}
