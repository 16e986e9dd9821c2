// The bench's upstream, as cheap as node:http can be: it knows the owner of every token it issued, refuses every
// other, and answers in the owner's name.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { answerCalls } from './calls.ts'
import { createOwners, type Owners } from './owners.ts'
import { archive, ownedJson, ownerMark, type Workload, workloads } from './workloads.ts'

const OWN_BYTES = 1024

const owners = createOwners()
const answer = createAnswers()
const server = createServer((req, res) => receive(owners, answer, req, res))
server.keepAliveTimeout = 600_000
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
server.on('upgrade', (req, socket, head) => {
  sockets.handleUpgrade(req, socket, head, (ws) => {
    ws.on('message', (data, binary) => ws.send(data, { binary }))
  })
})

answerCalls({
  async open() {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  issue: (names: readonly string[]) => names.map((name) => owners.issue(name)),
})

type Answer = (owner: string, workload: Workload, res: ServerResponse) => void

const byPath: ReadonlyMap<string, Workload> = new Map(
  [...workloads, archive].map((one) => [one.path, one]),
)

function receive(owners: Owners, answer: Answer, req: IncomingMessage, res: ServerResponse): void {
  const { authorization = '' } = req.headers
  const owner = owners.of(authorization)
  const workload = byPath.get(req.url ?? '')
  if (owner === undefined) {
    if (req.url === '/login') signIn(owners, req, res)
    else refuse(res, 401)
  } else if (workload === undefined) {
    refuse(res, 404)
  } else if (workload.sends === 0) {
    answer(owner, workload, res)
  } else {
    readBody(req, ownerMark(owner), (bytes, isOwners) => {
      if (bytes === workload.sends && isOwners) answer(owner, workload, res)
      else refuse(res, 422)
    })
  }
}

/** `done` is told how long the body was and whether it began with `mark`. */
function readBody(
  req: IncomingMessage,
  mark: string,
  done: (bytes: number, marked: boolean) => void,
): void {
  let bytes = 0
  let start = ''
  req.on('data', (chunk: Buffer) => {
    if (start.length < mark.length) start += chunk.toString('latin1', 0, mark.length)
    bytes += chunk.length
  })
  req.on('end', () => done(bytes, start.startsWith(mark)))
}

function createAnswers(): Answer {
  const small = new Map<string, Buffer>()
  const filling = Buffer.alloc(1024 * 1024, 'what everybody may see ')
  return (owner, { receives }, res) => {
    const bytes = Math.min(receives, OWN_BYTES)
    const key = `${bytes} ${owner}`
    const own = small.get(key) ?? ownedJson(owner, bytes)
    small.set(key, own)
    const type = receives > OWN_BYTES ? 'application/octet-stream' : 'application/json'
    res.sendDate = false
    res.writeHead(200, ['content-type', type, 'content-length', String(receives)])
    if (receives === bytes) res.end(own)
    else sendLarge(res, own, filling, receives)
  }
}

function sendLarge(res: ServerResponse, own: Buffer, filling: Buffer, total: number): void {
  res.cork()
  res.write(own)
  let left = total - own.length
  const more = () => {
    while (left > 0) {
      const part = filling.subarray(0, Math.min(left, filling.length))
      left -= part.length
      if (left === 0) res.end(part)
      else if (!res.write(part)) break
    }
  }
  more()
  res.uncork()
  if (left > 0) res.on('drain', more)
}

function signIn(owners: Owners, req: IncomingMessage, res: ServerResponse): void {
  let text = ''
  req.on('data', (chunk: Buffer) => {
    text += chunk
  })
  req.on('end', () => {
    const { access, refresh } = owners.issue(JSON.parse(text).username)
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ access_token: access, refresh_token: refresh }))
  })
}

function refuse(res: ServerResponse, status: number): void {
  res.writeHead(status, { 'content-length': 0 })
  res.end()
}
