// Whether a file is HAR 1.2: what the format's description requires, member by member.

type Shape =
  | 'text'
  | 'count'
  | 'time'
  | 'any'
  | { readonly [name: string]: Shape }
  | readonly [Shape]

const pair = { name: 'text', value: 'text' } as const

const HAR: Shape = {
  log: {
    version: 'text',
    creator: { name: 'text', version: 'text' },
    entries: [
      {
        startedDateTime: 'time',
        time: 'count',
        request: {
          method: 'text',
          url: 'text',
          httpVersion: 'text',
          cookies: [{ name: 'text', value: 'text' }],
          headers: [pair],
          queryString: [pair],
          headersSize: 'count',
          bodySize: 'count',
        },
        response: {
          status: 'count',
          statusText: 'text',
          httpVersion: 'text',
          cookies: [{ name: 'text', value: 'text' }],
          headers: [pair],
          content: { size: 'count', mimeType: 'text' },
          redirectURL: 'text',
          headersSize: 'count',
          bodySize: 'count',
        },
        cache: {},
        timings: { send: 'count', wait: 'count', receive: 'count' },
      },
    ],
  },
}

/** Members that the format does not know begin with an underscore. */
const OPTIONAL = new Set([
  'postData',
  'text',
  'comment',
  'browser',
  'pages',
  'pageref',
  'mimeType',
  'params',
])

/** One line for each fault. */
export function harProblems(text: string): string[] {
  return faults(JSON.parse(text), HAR, '')
}

function faults(value: unknown, shape: Shape, at: string): string[] {
  if (shape === 'any') return []
  if (shape === 'text') return typeof value === 'string' ? [] : [`${at} is no text`]
  if (shape === 'count')
    return Number.isInteger(value) && Number(value) >= -1 ? [] : [`${at} is no count`]
  if (shape === 'time') {
    const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
    return typeof value === 'string' && iso.test(value) ? [] : [`${at} is no ISO 8601 time`]
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${at} is no list`]
    return value.flatMap((item, index) => faults(item, shape[0] as Shape, `${at}/${index}`))
  }
  if (typeof value !== 'object' || value === null) return [`${at} is no mapping`]
  const members = shape as Readonly<Record<string, Shape>>
  const unknown = Object.keys(value).filter(
    (name) => !name.startsWith('_') && !OPTIONAL.has(name) && !Object.hasOwn(members, name),
  )
  return [
    ...unknown.map((name) => `${at}/${name} is not of the format`),
    ...Object.entries(members).flatMap(([name, inner]) =>
      faults((value as Record<string, unknown>)[name], inner, `${at}/${name}`),
    ),
  ]
}
