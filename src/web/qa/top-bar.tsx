// What this bench stands before, and what goes for all personas at once.
import { Hanger } from '../demo/marks.tsx'
import type { BenchState } from './answers.ts'
import { Button } from './button.tsx'
import { count, fileName } from './words.ts'

export interface TopBarProps {
  readonly state: BenchState | undefined
  /** Whether anybody is live. */
  readonly anybody: boolean
  readonly onRecord: (on: boolean) => void
  readonly onEndAll: () => void
}

export function TopBar({ state, anybody, onRecord, onEndAll }: TopBarProps) {
  const recording = state?.recording ?? false
  return (
    <header className="top">
      <p className="brand">
        <Hanger />
        Coatcheck
        <span>QA bench</span>
      </p>
      {state && (
        <dl className="facts">
          <div>
            <dt>origin</dt>
            <dd>
              <code>{state.origin}</code>
            </dd>
          </div>
          <div>
            <dt>store</dt>
            <dd>{state.store}</dd>
          </div>
          {recording && (
            <div>
              <dt>recording</dt>
              <dd title={recording.file}>
                {fileName(recording.file)}, {count(recording.entries, 'call')}
                {recording.dropped > 0 && `, ${recording.dropped} left out`}
              </dd>
            </div>
          )}
        </dl>
      )}
      {state && (
        <div className="tools">
          <Button
            className="button record"
            aria-pressed={recording !== false}
            onClick={() => onRecord(recording === false)}
          >
            <span className="red-dot" aria-hidden="true" />
            {recording ? 'Stop recording' : 'Record'}
          </Button>
          <Button unable={!anybody} onClick={onEndAll}>
            End all
          </Button>
        </div>
      )}
    </header>
  )
}
