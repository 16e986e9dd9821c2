// The database's place on disk: its directory is this user's alone, and so is the file.
import { accessSync, closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { failureOf, refusal } from './sqlite-failure.ts'

/**
 * Creates what is missing (directories 0700, file 0600) and leaves alone what is there. Throws one sentence when `path`
 * cannot be a database. Never waits in between: closing any descriptor of a file drops every lock that this process
 * holds on it, so the new file must be closed before anybody here can have opened it.
 */
export function prepareFile(path: string): void {
  try {
    createDirectory(dirname(path))
    unlessThere(() => closeSync(openSync(path, 'wx', 0o600)))
    if (!statSync(path).isFile()) {
      throw new Error(`${path} is not a file; set store.path to one, in a directory of its own`)
    }
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw new Error(refusal(path, failureOf(error)), { cause: error })
  }
}

// Step by step: the recursive mkdir never returns where a file system allows no directories at all.
function createDirectory(dir: string): void {
  const create = () => unlessThere(() => mkdirSync(dir, 0o700))
  try {
    create()
  } catch (error) {
    if (failureOf(error).code !== 'ENOENT' || dirname(dir) === dir) throw error
    createDirectory(dirname(dir))
    create()
  }
}

function unlessThere(create: () => void): void {
  try {
    create()
  } catch (error) {
    if (failureOf(error).code !== 'EEXIST') throw error
  }
}
