// Users from a CSV file (RFC 4180): one a line, the names of their fields in the first.
import { CsvError, parse } from 'csv-parse/sync'

export type CsvUsers =
  | { readonly ok: true; readonly rows: ReadonlyArray<Readonly<Record<string, string>>> }
  | { readonly ok: false; readonly complaint: string }

/** Complaints name lines, never values. */
export function usersFromCsv(text: string): CsvUsers {
  try {
    const rows: Record<string, string>[] = parse(text, {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      comment: '#',
      comment_no_infix: true,
    })
    const nameless = rows.findIndex(({ name }) => !name)
    if (nameless >= 0)
      return refused(
        `has no name for user ${nameless + 1} (its first line must have a column name)`,
      )
    return { ok: true, rows }
  } catch (error) {
    const line = error instanceof CsvError && 'lines' in error ? ` in line ${error.lines}` : ''
    return refused(`is not CSV${line}: each line needs as many fields as the first`)
  }
}

function refused(complaint: string): CsvUsers {
  return { ok: false, complaint }
}
