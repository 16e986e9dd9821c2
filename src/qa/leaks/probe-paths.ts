// Where services usually describe themselves, sign people in, and tell who one is; the likeliest first. Pure.

const PREFIXES: readonly string[] = ['', '/api', '/api/v1', '/v1', '/api/v2', '/v2']

export const descriptionPaths: readonly string[] = [
  '/openapi.json',
  '/openapi.yaml',
  '/openapi.yml',
  '/swagger.json',
  '/swagger.yaml',
  '/v3/api-docs',
  '/v2/api-docs',
  '/api/openapi.json',
  '/api/openapi.yaml',
  '/api/swagger.json',
  '/api/v1/openapi.json',
  '/api/schema',
  '/api-docs',
  '/api-docs.json',
  '/api-json',
  '/api/docs.json',
  '/swagger/v1/swagger.json',
  '/swagger/doc.json',
  '/docs/json',
  '/docs/openapi.json',
  '/.well-known/openapi.json',
]

/** Pages that may have a form to sign in with. */
export const pagePaths: readonly string[] = [
  '/',
  '/login',
  '/signin',
  '/sign-in',
  '/auth/login',
  '/accounts/login/',
  '/users/sign_in',
  '/account/login',
]

/** Asked with an empty POST. */
export const signInPaths: readonly string[] = [
  ...under('/auth/login', '/login', '/signin', '/auth/signin', '/users/login', '/user/login'),
  ...under('/auth/token', '/oauth/token', '/token', '/authenticate', '/sessions', '/session'),
]

export const whoamiPaths: readonly string[] = [
  ...under('/user', '/me', '/users/me', '/whoami', '/auth/me', '/auth/user'),
  ...under('/profile', '/account', '/userinfo', '/auth/session', '/session'),
]

/** Beside the sign-in of that path. */
export function signOutPaths(signIn: string): string[] {
  const folder = signIn.slice(0, signIn.replace(/\/$/, '').lastIndexOf('/'))
  return [`${folder}/logout`, `${folder}/signout`, `${folder}/sign_out`]
}

function under(...words: readonly string[]): string[] {
  return PREFIXES.flatMap((prefix) => words.map((word) => prefix + word))
}
