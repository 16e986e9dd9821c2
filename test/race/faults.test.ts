// The same with something that goes wrong, at every point where it can.
import { kill, LONG, request, stall, testAll } from './cases.ts'
import { LEASE_MS } from './world.ts'

/** All of them take minutes, so that `npm test` leaves a process that could go on once at most. */
const bounded = LONG ? {} : { preemptions: 1 }

testAll([
  {
    name: 'two processes, one killed at any point',
    operations: [request(0), request(1)],
    faults: [kill(0)],
  },
  {
    name: 'two processes, one killed at any point, and another who comes when its lease has lapsed',
    operations: [request(0), { ...request(1), afterMs: LEASE_MS }],
    faults: [kill(0)],
  },
  {
    name: 'two processes, one asleep at any point, and another who comes when its lease has lapsed',
    operations: [request(0), { ...request(1), afterMs: LEASE_MS }],
    faults: [stall(0)],
  },
  {
    name: 'two processes, one asleep at any point for longer than a lease',
    operations: [request(0), request(1)],
    faults: [stall(0)],
    longOnly: true,
  },
  {
    name: 'two processes: an answer of the provider that never comes',
    operations: [request(0), request(1)],
    faults: [{ do: 'hang' }],
  },
  {
    name: 'two processes, time passing: a slow grant',
    operations: [request(0), request(1)],
    waits: 1,
    ...bounded,
  },
  ...(['effect', 'reply', 'acknowledged'] as const).map((how) => ({
    name: `two processes: the store fails over at any point (${how})`,
    operations: [request(0), request(1)],
    faults: [{ do: 'failOver' as const, how }],
    preemptions: LONG ? Infinity : how === 'acknowledged' ? 0 : 1,
  })),
])
