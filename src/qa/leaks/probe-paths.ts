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
export const signInPaths: readonly string[] = under(
  ...['/auth/login', '/login', '/signin', '/auth/signin', '/users/login', '/user/login'],
  ...['/auth/token', '/oauth/token', '/token', '/authenticate', '/sessions', '/session'],
)

export const whoamiPaths: readonly string[] = under(
  ...['/user', '/me', '/users/me', '/whoami', '/auth/me', '/auth/user'],
  ...['/profile', '/account', '/userinfo', '/auth/session', '/session'],
)

/** What stands before the last part of a path, its query aside; empty, or begins with a slash. */
export function folderOf(path: string): string {
  const [plain = ''] = path.split('?', 1)
  return plain.slice(0, plain.replace(/\/$/, '').lastIndexOf('/'))
}

/** Beside the sign-in of that path. */
export function signOutPaths(signIn: string): string[] {
  const folder = folderOf(signIn)
  return [`${folder}/logout`, `${folder}/signout`, `${folder}/sign_out`]
}

/** The usual words below the usual prefixes come first, the rare below the rare last. */
function under(...words: readonly string[]): string[] {
  const all = PREFIXES.flatMap((prefix, rare) =>
    words.map((word, rarer) => ({ path: prefix + word, rarity: rare + rarer })),
  )
  return all.toSorted((a, b) => a.rarity - b.rarity).map(({ path }) => path)
}
