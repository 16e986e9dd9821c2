// Three processes at once, where a process that could go on is left for another only so often.
import { kill, LONG, request, signOut, testAll } from './cases.ts'

testAll([
  {
    name: 'three processes: two requests and a sign-out, in every order',
    processes: 3,
    operations: [request(0), request(1), signOut(2)],
  },
  {
    name: `three processes: a request each, in every order${LONG ? '' : ' with at most three preemptions'}`,
    processes: 3,
    operations: [request(0), request(1), request(2)],
    ...(LONG ? {} : { preemptions: 3 }),
  },
  {
    name: `three processes: one killed at any point, with ${LONG ? 'at most three' : 'no'} preemptions`,
    processes: 3,
    operations: [request(0), request(1), request(2)],
    faults: [kill(0)],
    preemptions: LONG ? 3 : 0,
  },
])
