// Request headers by which somebody, somewhere, was once let in, and values that did it.

const STEMS = `
user user-id userid user-name username user-email email login account identity id sub subject name
groups roles role admin is-admin authenticated auth auth-user authorization token access-token
id-token jwt jwt-assertion session session-id sid ticket key api-key secret client-cert client-id
client-ip host server proto scheme port prefix uri url path method for internal trusted debug`

const FAMILIES = `
x- x-forwarded- x-auth-request- x-original- x-coatcheck- coatcheck- x-remote- remote- x-webauth-`

const KNOWN = `
x-middleware-subrequest x-middleware-rewrite x-nextjs-data x-rewrite-url x-http-method-override
x-method-override x-requested-with x-real-ip true-client-ip cf-connecting-ip fastly-client-ip
x-cluster-client-ip forwarded via user-agent referer origin from proxy-authorization
proxy-authenticate www-authenticate authentication-info x-csrf x-csrf-token x-xsrf-token
x-goog-iap-jwt-assertion x-amzn-oidc-data x-amzn-oidc-identity x-ms-client-principal
x-ms-client-principal-id x-pomerium-jwt-assertion ssl-client-verify ssl-client-s-dn
x-ssl-client-verify x-request-id x-health-check x-purpose purpose sec-purpose sec-fetch-site
sec-fetch-mode sec-fetch-dest sec-fetch-user accept-version http2-settings upgrade dpop signature
signature-input x-amz-security-token set-cookie cookie2 te authorization user username session`

/** Five hundred and more, each once. */
export const suspectHeaders: readonly string[] = [
  ...new Set([
    ...words(KNOWN),
    ...words(FAMILIES).flatMap((family) => words(STEMS).map((stem) => family + stem)),
  ]),
]

/** What such headers say when they want to be believed. */
export const suspectValues: readonly string[] = [
  'ada',
  '1',
  'true',
  '127.0.0.1',
  '/auth/health',
  'Bearer eyJhbGciOiJub25lIn0.eyJpZGVudGl0eSI6ImFkYSJ9.',
  'Basic YWRhOnNlY3JldA==',
  'GoogleHC/1.0',
  'kube-probe/1.31',
  'middleware:middleware:middleware',
  'for=127.0.0.1;host=localhost;proto=https',
  'admin',
]

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
