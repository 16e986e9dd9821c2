// The one-jar gateway, with its log kept to be read.
import { type OneJar, type OneJarOptions, openOneJar } from '../../src/qa/one-jar.ts'

export interface SharedJar extends OneJar {
  /** What it has written to its log. */
  readonly log: readonly string[]
}

export async function openSharedJar(options: Omit<OneJarOptions, 'log'>): Promise<SharedJar> {
  const log: string[] = []
  const jar = await openOneJar({ ...options, log: (line) => log.push(line) })
  return { ...jar, log }
}
