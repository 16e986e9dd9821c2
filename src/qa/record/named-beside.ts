// Pages and lists in which one element holds a name and the next its value: tables, plist, XML-RPC. Pure.
import { stopOf } from './value-ends.ts'

/** Whose content may be the name of what the next one holds. */
export const NAMING_ELEMENTS: ReadonlySet<string> = new Set('key name string th td dt'.split(' '))
/** That, the end of its element, and what stands before the value; no other row. */
const NAMED_BESIDE =
  /([^<>]{1,192})<\/[^<>]{1,64}>(?:\s{0,64}<(?!\/tr|\/thead|input|button|select)[^<>]{1,128}>){1,4}\s{0,64}/y

/** `start`: behind the tag of the first; undefined where the next holds no value. */
export function namedBeside(
  text: string,
  start: number,
): { readonly name: string; readonly start: number; readonly end: number } | undefined {
  const sticky = new RegExp(NAMED_BESIDE)
  sticky.lastIndex = start
  // White space that the pattern left out by itself would be tried at every length.
  const name = sticky.exec(text)?.[1]?.trim()
  if (name === undefined || name === '') return undefined
  return { name, start: sticky.lastIndex, end: stopOf(text, sticky.lastIndex, /</g) }
}
