// Names of which two make a pair: `{"name": "password", "value": "…"}`. Pure.

const NAMING: ReadonlySet<string> = new Set(
  'name key id field label param parameter header property attribute path type autocomplete k n'.split(
    ' ',
  ),
)
const VALUED: ReadonlySet<string> = new Set(
  'value val content data text default v newvalue oldvalue from to'.split(' '),
)

/** What stands under it may be the name of what stands beside it. */
export function isNamingName(name: string): boolean {
  return NAMING.has(name.toLowerCase())
}

/** It may stand beside such a name. */
export function isValueName(name: string): boolean {
  return VALUED.has(name.toLowerCase().replace(/[_-]/g, ''))
}
