// Every history of a few small scenarios, to the last order of two messages.
import { extend, rejected, request, signIn, signOut, testAll } from './cases.ts'

testAll([
  {
    name: 'two processes: a request each, and a sign-out',
    operations: [request(0), request(1), signOut(1)],
  },
  {
    name: 'two processes: two requests of one, and a sign-out at the other',
    operations: [request(0), request(0), signOut(1)],
  },
  {
    name: 'two processes: a token renewed ahead of its end, and a sign-out',
    operations: [request(0), signOut(1)],
    tokens: 'ahead',
    warm: true,
  },
  {
    name: "two processes: the upstream's 401 to both",
    operations: [rejected(0), rejected(1)],
    tokens: 'old',
    warm: true,
  },
  { name: 'two processes: signing in again', operations: [request(0), signIn(1)] },
  {
    name: 'two processes: signing in at a second provider',
    operations: [request(0), extend(1)],
  },
  {
    name: 'two processes: two people',
    people: ['ada', 'bob'],
    operations: [request(0), request(1, 1)],
  },
  {
    name: 'two processes: two people, one of them at both',
    people: ['ada', 'bob'],
    operations: [request(0), request(0, 1), request(1, 1)],
    longOnly: true,
  },
])
