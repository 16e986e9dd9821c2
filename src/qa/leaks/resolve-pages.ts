// Whether what a target file takes of pages can be had: each such text names its page, and stands where it is filled in.
import type { Problems } from '../../config/problems.ts'
import type { Path } from '../../config/tree.ts'
import { type OfPage, ofPage, placeholdersIn } from './placeholders.ts'
import type { TargetFile } from './target-schema.ts'

export function checkPages(file: Partial<TargetFile>, problems: Problems): void {
  for (const name of ['signIn', 'signOut'] as const) {
    const action = file[name]
    if (!action) continue
    const { page, json, form, headers, ...paths } = action
    for (const [key, path] of [...Object.entries(paths), ['page', page] as const]) {
      refuseAt([name, key], path, problems, 'can stand in form, json and headers alone')
    }
    // Whoever signs out has cookies already.
    const isWanting = (one: OfPage) => name === 'signIn' || one.kind === 'page'
    const [missing] = taken({ json, form, headers }).filter(isWanting)
    if (page !== undefined || !missing) continue
    problems.add([name], `has ${shown(missing)} and no page: add the path of the page that has it`)
  }
  refuseAt(['whoami'], file.whoami, problems, ELSEWHERE)
  for (const [index, read] of (file.reads ?? []).entries()) {
    refuseAt(['reads', index], read, problems, ELSEWHERE)
  }
}

const ELSEWHERE = 'can stand in signIn and signOut alone'

function refuseAt(path: Path, written: unknown, problems: Problems, why: string): void {
  for (const one of taken(written)) problems.add(path, `${shown(one)} ${why}`)
}

function taken(written: unknown): OfPage[] {
  return placeholdersIn(written).flatMap((name) => ofPage(name) ?? [])
}

function shown({ kind, name }: OfPage): string {
  return `{${kind}:${name.slice(0, 40)}}`
}
