// A report is under 2 MB, or it is not made and the command says so.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeReports } from '../../../src/cli/qa-reports.ts'
import { renderHtmlReport } from '../../../src/qa/report/html.ts'
import { openFolder } from '../../support/folder.ts'
import { sharedJarRun } from './report-runs.ts'

describe('a report that cannot be made small enough', () => {
  it('is refused with what to do, and takes no other report along', async () => {
    await using folder = await openFolder()
    const run = sharedJarRun()
    const history = { steps: ['a'], curl: 'curl -s $BASE/user\n'.repeat(120_000) }
    const large = { ...run, verdict: { ...run.verdict, history } }
    const files = { html: 'a.html', json: 'a.json' }

    const makers = { html: () => renderHtmlReport(large), json: () => '{}' }
    const { written, refused } = await writeReports(files, makers, folder.path)

    expect(refused).toEqual([
      '--html: a.html cannot be made: it would have more than 2 MB. --json has everything; fewer users make it smaller.',
    ])
    expect(written).toEqual([['json', 'a.json']])
    await expect(access(join(folder.path, 'a.html'))).rejects.toThrow('ENOENT')
  })
})
