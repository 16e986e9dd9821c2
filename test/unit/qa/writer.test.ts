// The file of a recording is whole, and never larger than it may be.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RedactedPieces } from '../../../src/qa/record/redacted.ts'
import { openRecording } from '../../../src/qa/record/writer.ts'
import { manualClock } from '../../support/clock.ts'
import { openFolder } from '../../support/folder.ts'

describe('the file of a recording', () => {
  it.each([500, 501, 502, 503, 1000])(
    'is never larger than %i bytes, whatever its letters',
    async (mostBytes) => {
      await using folder = await openFolder({ note: '' })
      const file = join(folder.path, 'a.har')
      const writer = await openRecording({
        file,
        version: '1',
        origin: 'http://localhost:3000',
        startedAt: 0,
        clock: manualClock(),
        mostBytes,
        onError: (error) => {
          throw error
        },
      })

      // Three bytes for each character.
      for (let nth = 0; nth < 200; nth++)
        writer.write(['"€€€"'] as readonly string[] as RedactedPieces)
      await writer.close()

      const { size } = await stat(file)
      expect(size).toBeLessThanOrEqual(mostBytes)
      expect(size).toBeGreaterThan(mostBytes - 13)
      expect(writer.bytes).toBe(size)
      expect(JSON.parse(await readFile(file, 'utf8')).log.entries).toHaveLength(writer.entries)
      expect(writer.entries + writer.dropped).toBe(200)
    },
  )
})
