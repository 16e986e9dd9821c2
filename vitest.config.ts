// What `npm test` runs: quick tests side by side first, then those with a browser, then whole systems, one file at a time.
import { defineConfig } from 'vitest/config'

const longer = process.env.COATCHECK_LONG === '1' ? 10 : 1

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    retry: 0,
    // A busy machine may take more than the one second of the default until an event is there.
    expect: { poll: { timeout: 10_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/{unit,contract,flow,security,race,checks}/**/*.test.ts'],
          // Patience, not a promise: a busy machine may need four times what a quiet one does.
          testTimeout: 60_000 * longer,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 120_000 * longer,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/systems/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000 * longer,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
