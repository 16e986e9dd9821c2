// What every answer of our own says to the browser besides its content (OWASP ASVS 5.0, V3.4).

/** For JSON and empty answers: nothing may be loaded, framed, sniffed, cached or read by another origin. */
export function apiHeaders(publicOrigin: string): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ...common(publicOrigin),
  }
}

/** For pages of ours; `scriptHash` is the CSP source of its one inline script, if it has one. */
export function pageHeaders(publicOrigin: string, scriptHash?: string): Record<string, string> {
  const script = scriptHash === undefined ? '' : `; script-src '${scriptHash}'`
  return {
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'${script}; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    ...common(publicOrigin),
  }
}

/** For a deployment's own files: its pages choose what they load, but not who frames them. */
export function staticHeaders(publicOrigin: string): Record<string, string> {
  return {
    'content-security-policy': "base-uri 'self'; object-src 'none'; frame-ancestors 'none'",
    ...common(publicOrigin),
  }
}

function common(publicOrigin: string): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(publicOrigin.startsWith('https:')
      ? { 'strict-transport-security': 'max-age=31536000' }
      : {}),
  }
}
