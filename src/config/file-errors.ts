// Errors of the file system in words; never with a path, which could come from a variable.

/** What stands after `cannot be read: `. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'EISDIR') return 'it is a directory'
  if (code === 'EROFS') return 'the file system is read-only'
  return typeof code === 'string' ? code : 'it could not be opened'
}
