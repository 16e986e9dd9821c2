// Reads the run that the page carries: base64 of gzip, undone by the browser itself.
import { type Bounded, type Packed, unpack } from '../../qa/report/page/packed.ts'

/** Rejects when this browser cannot unpack it. */
export async function readRun(base64: string): Promise<Bounded> {
  const letters = atob(base64.trim())
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return unpack((await new Response(stream).json()) as Packed)
}
