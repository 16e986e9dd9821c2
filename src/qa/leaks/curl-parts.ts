// The parts of a curl command: address, headers and body, quoted for the shell, with variables in place of secrets. Pure.
import { isSecretName } from '../record/secret-names.ts'
import { fillPath, fillText, ofPage, placeholdersIn } from './placeholders.ts'
import type { Action, User } from './target.ts'

export function callOf(
  { method, path, headers }: Action,
  user: User,
  variables: Set<string>,
): string {
  return ` -X ${method}${headerFlags(headers, variables, user)} ${addressOf(path, user, variables)}`
}

/** In quotes. */
export function addressOf(path: string, user: User, variables: Set<string>): string {
  const filled = fillPath(path, shownOf(user)).replaceAll(QUERY_PAIR, (all, name: string) =>
    isSecret(name, all.slice(name.length + 2))
      ? all.slice(0, name.length + 2) + placeFor(name, variables)
      : all,
  )
  return quote(`$TARGET${expand(filled)}`)
}

const QUERY_PAIR = /[?&]([^=&]+)=[^&]*/g

/** What the file itself says under this name is a secret of the service: it stays out of the script. */
function placeFor(name: string, variables: Set<string>): string {
  const variable = variableOf('target', name)
  variables.add(variable)
  return `\u0000${variable}\u0000`
}

/** Only what holds no user's field is the file's own. */
function ownText(name: string, value: unknown, variables: Set<string>): unknown {
  if (typeof value !== 'string' || placeholdersIn(value).length > 0) return value
  return isSecret(name, value) ? placeFor(name, variables) : value
}

/** `X-CSRF: 1` is none. */
function isSecret(name: string, value: string): boolean {
  return value.length >= LEAST_SECRET && isSecretName(name)
}

const LEAST_SECRET = 4

function expand(text: string): string {
  return literal(text).replaceAll(/\0(\w+)\0(\w?)/g, (_all, name: string, next: string) =>
    next === '' ? `$${name}` : `\${${name}}${next}`,
  )
}

export function bodyOf(
  { body }: Action,
  user: User,
  variables: Set<string>,
): { flags: string; after: string; lines: string[] } {
  if (!body) return { flags: '', after: '', lines: [] }
  const filling = fillingOf(user, variables)
  if (body.format === 'form') {
    const pairs = Object.entries(body.fields ?? {}).map(([name, value]) => {
      const text = expand(fillText(`${name}=${ownText(name, value, variables)}`, filling))
      return ` --data-urlencode ${quote(text)}`
    })
    return { flags: pairs.join(''), after: '', lines: [] }
  }
  const filled = JSON.parse(JSON.stringify(body.fields), (key, value) => {
    const own = ownText(key, value, variables)
    return typeof own === 'string' ? fillText(own, filling) : own
  })
  const json = JSON.stringify(filled).replaceAll('\\u0000', '\u0000')
  return {
    flags: " -H 'content-type: application/json' --data-binary @-",
    after: ' <<BODY',
    lines: [expand(json), 'BODY'],
  }
}

/** With `user`, its fields and what a page had are filled in. */
export function headerFlags(
  headers: Readonly<Record<string, string>>,
  variables: Set<string>,
  user?: User,
): string {
  return Object.entries(headers)
    .map(([name, value]) => {
      const own = () => (isSecret(name, value) ? placeFor(name, variables) : value)
      const shown =
        user && placeholdersIn(value).length > 0
          ? fillText(value, fillingOf(user, variables))
          : own()
      return ` -H ${quote(expand(`${name}: ${shown}`))}`
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

/** For what a page had: in small letters, as no user's variable is. */
export function shellName(placeholder: string): string {
  return placeholder.toLowerCase().replaceAll(/\W/g, '_')
}

export function jqPath(pointer: string): string {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return `.${steps.map((step) => `[${/^\d+$/.test(step) ? step : JSON.stringify(step)}]`).join('')}`
}

function fillingOf(user: User, variables: Set<string>): (name: string) => string {
  return (name) => {
    if (name === 'name') return user.name
    if (ofPage(name)) return `\u0000${shellName(name)}\u0000`
    const variable = variableOf(user.name, name)
    variables.add(variable)
    return `\u0000${variable}\u0000`
  }
}

/** `ALICE_PASSWORD` */
function variableOf(user: string, field: string): string {
  return `${user}_${field}`
    .toUpperCase()
    .replaceAll(/\W/g, '_')
    .replace(/^(?=\d)/, '_')
}

function shownOf(user: User): (name: string) => string {
  return (name) => (name === 'name' ? user.name : `{${name}}`)
}
