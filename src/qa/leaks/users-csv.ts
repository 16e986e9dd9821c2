// Users from a CSV file (RFC 4180, or with semicolons or tabs): one a line, the names of their fields in the first.
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
      delimiter: delimiterOf(text),
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
    if (!(error instanceof CsvError)) return refused('is not CSV')
    const line = 'lines' in error ? ` in line ${error.lines}` : ''
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
      return refused(`has a quote in line ${lastOpening(text)} that is not closed`)
    }
    if (/QUOTE/.test(error.code)) {
      return refused(
        `has a stray quote${line}: quote the whole field, and write a quote in it twice`,
      )
    }
    return refused(`is not CSV${line}: each line needs as many fields as the first`)
  }
}

/** Spreadsheets write semicolons where the comma is the decimal mark. */
function delimiterOf(text: string): string {
  const [first = ''] = text.split('\n').filter((line) => /^[^#\s]/.test(line))
  return [',', ';', '\t'].find((one) => first.includes(one)) ?? ','
}

/** The line of the quote that opens and never closes, from 1. */
function lastOpening(text: string): number {
  const last = text.lastIndexOf('"')
  return text.slice(0, last).split('\n').length
}

function refused(complaint: string): CsvUsers {
  return { ok: false, complaint }
}
