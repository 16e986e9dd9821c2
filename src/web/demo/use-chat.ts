// The chat over a WebSocket: opened once it is looked at, over when the session is, opened again when it breaks.
import { useCallback, useEffect, useRef, useState } from 'react'

export interface ChatMessage {
  readonly id: number
  /** Username, as the upstream saw it. */
  readonly from: string
  readonly text: string
  /** Epoch ms. */
  readonly at: number
}

export type ChatLine =
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open'; readonly you: string }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }

export interface Chat {
  readonly line: ChatLine
  /** Newest first. */
  readonly messages: readonly ChatMessage[]
  readonly shown: boolean
  readonly toggle: () => void
  /** False where nobody would hear it. */
  readonly say: (text: string) => boolean
}

/** The session is over: nothing to open again. */
export const SESSION_OVER = 4401
const AGAIN_MS = 3000
const SHOWN = 50

/** Of the session with this ref; when there is none any more, what is left is how the last one's chat ended. */
export function useChat(ref: string | undefined): Chat {
  const [of, setOf] = useState<string>()
  const [shown, setShown] = useState(false)
  const [attempt, setAttempt] = useState(0)
  const [line, setLine] = useState<ChatLine>({ kind: 'off' })
  const [messages, setMessages] = useState<readonly ChatMessage[]>([])
  const socket = useRef<WebSocket>(undefined)
  const present = useRef(ref)

  useEffect(() => {
    present.current = ref
  }, [ref])

  if (ref !== undefined && of !== undefined && ref !== of) {
    setOf(undefined)
    setShown(false)
    setLine({ kind: 'off' })
    setMessages([])
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another connection
  useEffect(() => {
    if (of === undefined) return
    const address = new URL('/api/chat', location.href)
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
    const opened = new WebSocket(address)
    socket.current = opened
    let left = false
    let timer: ReturnType<typeof setTimeout> | undefined
    setLine({ kind: 'connecting' })
    opened.onmessage = ({ data }) => {
      const event: unknown = JSON.parse(String(data))
      if (left) return
      if (isMessage(event)) setMessages((before) => [event, ...before].slice(0, SHOWN))
      if (isGreeting(event)) {
        // What was said before comes again.
        setMessages([])
        setLine({ kind: 'open', you: event.you })
      }
    }
    opened.onclose = ({ code, reason }) => {
      if (left) return
      setLine({ kind: 'closed', code, reason })
      if (code === SESSION_OVER) return setMessages([])
      timer = setTimeout(() => {
        if (present.current === of) setAttempt((many) => many + 1)
      }, AGAIN_MS)
    }
    return () => {
      left = true
      clearTimeout(timer)
      opened.close()
    }
  }, [of, attempt])

  const toggle = useCallback(() => {
    setShown(!shown)
    if (!shown) setOf(present.current)
  }, [shown])

  const say = useCallback((text: string) => {
    if (socket.current?.readyState !== WebSocket.OPEN) return false
    socket.current.send(text)
    return true
  }, [])

  return { line, messages, shown, toggle, say }
}

function isMessage(event: unknown): event is ChatMessage {
  return typeof event === 'object' && event !== null && 'from' in event && 'text' in event
}

function isGreeting(event: unknown): event is { readonly you: string } {
  return typeof event === 'object' && event !== null && 'you' in event
}
