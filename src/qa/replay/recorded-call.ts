// One entry of a recording as a replay needs it. Pure.
import { printable } from '../../lib/printable.ts'
import { isJsonObject } from '../../tokens/json.ts'
import type { OwnerRule } from './owner.ts'

export interface RecordedCall {
  /** Undefined for nobody's; fit to be shown. */
  readonly persona: string | undefined
  /** Ref of the recorded session; of a sign-in, the one that began with it. */
  readonly session: string | undefined
  /** Of a sign-in: ref of the session that the browser had before. */
  readonly before: string | undefined
  readonly signIn: boolean
  /** Places in one count of all beginnings and endings. */
  readonly began: number
  readonly ended: number
  /** Epoch ms. */
  readonly startedAt: number
  readonly method: string
  /** With its query; begins with a slash, in ASCII. */
  readonly path: string
  /** Names in small letters and values in turn. */
  readonly headers: readonly string[]
  readonly body: string | undefined
  /** The body was not kept whole: the call cannot be made again. */
  readonly bodyCut: boolean
  /** The browser left, or the answer broke off, so many ms after the call began. */
  readonly leftAfterMs: number | undefined
  /** 0: the browser left before there was one. */
  readonly status: number
  readonly answerHeaders: readonly string[]
  readonly answer: string | undefined
  readonly answerCut: boolean
  readonly sub: string | undefined
  readonly name: string | undefined
  readonly owner: OwnerRule | undefined
}

/** As much of one of HAR 1.2 as there has to be. */
export interface Entry extends Readonly<Record<string, unknown>> {
  readonly request: { readonly method: string; readonly url: string } & Members
  readonly response: { readonly status: number } & Members
}

type Members = Readonly<Record<string, unknown>>

export function isEntry(entry: unknown): entry is Entry {
  if (!isJsonObject(entry)) return false
  const { request, response } = entry
  if (!isJsonObject(request) || !isJsonObject(response)) return false
  const { status } = response
  if (typeof request.method !== 'string' || typeof request.url !== 'string') return false
  return typeof status === 'number' && Number.isInteger(status) && status >= 0 && status <= 999
}

const A_DAY = 86_400_000
const LONGEST_NAME = 256
/** RFC 9110, 9.1. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/
const ORIGIN = /^https?:\/\/[^/?#\\\s]+/i

/** `undefined` where `entry` is none of HAR 1.2, or no call that can be made over HTTP. */
export function recordedCall(entry: unknown, nth: number): RecordedCall | undefined {
  if (!isEntry(entry)) return undefined
  const { request, response } = entry
  const { method, url } = request
  const { status } = response
  const path = METHOD.test(method) ? pathOf(url) : undefined
  if (path === undefined) return undefined
  const order = isJsonObject(entry._order) ? entry._order : {}
  const content = isJsonObject(response.content) ? response.content : {}
  const sent = isJsonObject(request.postData) ? request.postData : undefined
  const startedAt = Date.parse(textOf(entry.startedDateTime) ?? '') || 0
  const took = Math.min(Math.max(numberOf(entry.time) ?? 0, 0), A_DAY)
  const persona = textOf(entry._persona)?.slice(0, LONGEST_NAME)
  return {
    persona: persona && printable(persona),
    session: textOf(entry._session),
    before: textOf(entry._before),
    signIn: entry._signIn === true,
    began: numberOf(order.began) ?? startedAt + nth / 1e6,
    ended: numberOf(order.ended) ?? startedAt + took + nth / 1e6,
    startedAt,
    method,
    path,
    headers: headersOf(request.headers),
    body: textOf(sent?.text),
    bodyCut: entry._requestCut === true,
    leftAfterMs: typeof entry._broken === 'string' || status === 0 ? took : undefined,
    status,
    answerHeaders: headersOf(response.headers),
    answer: textOf(content.text),
    answerCut: entry._responseCut === true,
    sub: textOf(entry._sub),
    name: textOf(entry._name),
    owner: ruleOf(entry._owner),
  }
}

/** As it was written, for what stands in it may matter; without a fragment. */
function pathOf(url: string): string | undefined {
  const origin = ORIGIN.exec(url)?.[0]
  if (origin === undefined || !URL.canParse(url)) return undefined
  const [path = ''] = url.slice(origin.length).split('#', 1)
  const ascii = path.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  return ascii.startsWith('/') ? ascii : `/${ascii}`
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function headersOf(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((one: unknown) =>
    isJsonObject(one) && typeof one.name === 'string' && typeof one.value === 'string'
      ? [one.name.toLowerCase(), one.value]
      : [],
  )
}

function ruleOf(rule: unknown): OwnerRule | undefined {
  if (!isJsonObject(rule) || typeof rule.is !== 'string') return undefined
  const { header, field, is } = rule
  if (typeof header === 'string') return { header: header.toLowerCase(), is }
  return typeof field === 'string' ? { field, is } : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
