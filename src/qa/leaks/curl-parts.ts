// The parts of a curl command: address, headers and body, quoted for the shell, with variables in place of secrets. Pure.
import { isSecretName } from '../record/secret-names.ts'
import { markFor, type Names, spellMarks, withoutMarks } from './curl-names.ts'
import { type Filling, fillText, ofPage, placeholdersIn } from './placeholders.ts'
import type { Action, User } from './target.ts'

export function callOf({ method, path, headers }: Action, user: User, names: Names): string {
  return ` -X ${method}${headerFlags(headers, names, user)} ${addressOf(path, user, names)}`
}

/** In quotes; `place`: what stands before the path, as the shell reads it. */
export function addressOf(path: string, user: User, names: Names, place = '$TARGET'): string {
  const own = withoutMarks(path).replaceAll(QUERY_PAIR, (all, name: string) => {
    const value = all.slice(name.length + 2)
    const isOwn = placeholdersIn(value).length === 0 && isSecret(name, value)
    return isOwn ? all.slice(0, name.length + 2) + names.markOfTarget(name) : all
  })
  const filling = fillingOf(user, names)
  const filled = fillText(own, (name) =>
    name === 'name' ? encodeURIComponent(user.name) : filling(name),
  )
  return quote(`${place}${expand(filled)}`)
}

const QUERY_PAIR = /[?&]([^=&]+)=[^&]*/g

/** What the file itself says under this name is a secret of the service: it stays out of the script. */
function ownText(name: string, value: string, names: Names): string {
  // Only what holds no user's field is the file's own.
  return placeholdersIn(value).length === 0 && isSecret(name, value)
    ? names.markOfTarget(name)
    : withoutMarks(value)
}

/** `X-CSRF: 1` is none. */
function isSecret(name: string, value: string): boolean {
  return value.length >= LEAST_SECRET && isSecretName(name)
}

const LEAST_SECRET = 4

function expand(text: string): string {
  return spellMarks(text, literal)
}

export function bodyOf(
  { body }: Action,
  user: User,
  names: Names,
): { flags: string; after: string; lines: string[] } {
  if (!body) return { flags: '', after: '', lines: [] }
  const filling = fillingOf(user, names)
  if (body.format === 'form') {
    const pairs = Object.entries(body.fields ?? {}).map(([name, value]) => {
      const own = ownText(name, String(value), names)
      const text = expand(`${withoutMarks(name)}=${fillText(own, filling)}`)
      return ` --data-urlencode ${quote(text)}`
    })
    return { flags: pairs.join(''), after: '', lines: [] }
  }
  const plain = JSON.parse(withoutMarks(JSON.stringify(body.fields ?? {})))
  const filled = JSON.stringify(plain, (key, value) =>
    typeof value === 'string' ? fillText(ownText(key, value, names), filling) : value,
  )
  return {
    flags: " -H 'content-type: application/json' --data-binary @-",
    after: ' <<BODY',
    lines: [expand(filled), 'BODY'],
  }
}

/** With `user`, its fields and what a page had are filled in. */
export function headerFlags(
  headers: Readonly<Record<string, string>>,
  names: Names,
  user?: User,
): string {
  return Object.entries(headers)
    .map(([name, value]) => {
      const own = ownText(name, value, names)
      const shown = user ? fillText(own, fillingOf(user, names)) : own
      return ` -H ${quote(expand(`${withoutMarks(name)}: ${shown}`))}`
    })
    .join('')
}

/** What the shell would take for something else, in double quotes or a here-document. */
export function literal(text: string): string {
  return text.replaceAll(/[\\$`]/g, '\\$&')
}

/** In single quotes: as it is, whatever it is. */
export function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** One line, whatever stands in it. */
export function comment(text: string): string {
  return `# ${text.replaceAll(/[\r\n]+/g, ' ')}`
}

export function quote(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`
}

export function jqPath(pointer: string): string {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return `.${steps.map((step) => `[${/^\d+$/.test(step) ? step : JSON.stringify(step)}]`).join('')}`
}

/** As the run fills it in: nothing for a field that this user has not. */
function fillingOf(user: User, names: Names): Filling {
  return (name) => {
    if (name === 'name') return withoutMarks(user.name)
    if (ofPage(name)) return markFor(names.ofPage(name))
    return user.fields[name] === undefined ? '' : names.markOf(user.name, name)
  }
}
