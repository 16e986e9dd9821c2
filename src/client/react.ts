// The session for React: one client for a tree, its state without tearing, signing in and out with what became of it.
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react'
import {
  type Client,
  createClient,
  type Problem,
  ProblemError,
  type SessionState,
} from './client.ts'
import { nothingKnown, type Session } from './state.ts'

/** How the last call went. */
export interface Acting {
  readonly pending: boolean
  /** Why it failed; undefined again with the next call. */
  readonly problem: Problem | undefined
}

const ClientContext = createContext<Client | undefined>(undefined)

export interface SessionProviderProps {
  /** Default: one of its own. Whoever made it closes it. */
  readonly client?: Client
  readonly children?: ReactNode
}

export function SessionProvider(props: SessionProviderProps): ReactElement {
  // It acquires nothing until somebody listens, so one that React throws away leaves nothing behind.
  const [own] = useState(() => createClient())
  const client = props.client ?? own
  // Listens for as long as the tree stands, whichever components come and go.
  useEffect(() => client.subscribe(() => {}), [client])
  return createElement(ClientContext.Provider, { value: client }, props.children)
}

/** Throws outside a SessionProvider. */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (!client) throw new Error('useSession and its like need a <SessionProvider> above them')
  return client
}

export function useSession(): SessionState {
  const client = useClient()
  return useSyncExternalStore(client.subscribe, client.session, () => nothingKnown.state)
}

/** `signIn` resolves to undefined where it failed: `problem` says why. */
export function useSignIn(): Acting & {
  readonly signIn: (fields: Readonly<Record<string, unknown>>) => Promise<Session | undefined>
} {
  const [signIn, acting] = useAct(useClient().signIn)
  return { signIn, ...acting }
}

/** Who is signed out shows in `useSession`; where it failed, `problem` says why. */
export function useSignOut(): Acting & { readonly signOut: () => Promise<void> } {
  const [signOut, acting] = useAct(useClient().signOut)
  return { signOut, ...acting }
}

function useAct<A extends readonly unknown[], R>(act: (...args: A) => Promise<R>) {
  const [acting, setActing] = useState<Acting>({ pending: false, problem: undefined })
  const run = useCallback(
    async (...args: A): Promise<R | undefined> => {
      setActing({ pending: true, problem: undefined })
      let problem: Problem | undefined
      try {
        return await act(...args)
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        problem = error.problem
        return undefined
      } finally {
        setActing({ pending: false, problem })
      }
    },
    [act],
  )
  return [run, acting] as const
}
