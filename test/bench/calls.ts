// The child's end of a bench process: answers its parent's calls by name, and ends when the parent is gone.

export interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }

export type Handlers = Readonly<Record<string, (argument: never) => unknown>>

export function answerCalls(handlers: Handlers): void {
  process.on('message', (call: Call) => {
    answer(handlers, call).then((reply) => process.send?.(reply))
  })
  process.on('disconnect', () => process.exit())
}

async function answer(handlers: Handlers, { id, name, argument }: Call): Promise<Reply> {
  try {
    const handler = handlers[name] as ((argument: unknown) => unknown) | undefined
    if (!handler) throw new Error(`nothing here answers ${name}`)
    return { id, result: await handler(argument) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
