// Errors of the file system in words; never with a path that could come from a variable.
import { dirname } from 'node:path'

/** What stands after `cannot be read: `. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'EISDIR') return 'it is a directory'
  if (code === 'EROFS') return 'the file system is read-only'
  return typeof code === 'string' ? code : 'it could not be opened'
}

/** What stands after `cannot be written: `; `file`: as somebody named it on the command line. */
export function whyUnwritable(error: unknown, file: string): string {
  const code = codeOf(error)
  // A file that is not there is made, unless it is its folder that is not there.
  if (code === 'ENOENT') return `the folder ${dirname(file)} does not exist`
  if (code === 'ENOTDIR') return `${dirname(file)} is not a folder`
  return code === 'ENOSPC' ? 'there is no space left' : whyUnreadable(error)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
