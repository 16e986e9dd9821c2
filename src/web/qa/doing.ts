// Everything that a click on this page does, and what is said afterwards.
import { createElement, Fragment } from 'react'
import { type HandedOut, isLive, type PersonaState, type Recording } from './answers.ts'
import type { Answer } from './asking.ts'
import { copied } from './clipboard.ts'
import type { Link } from './link.ts'
import type { Notice } from './notices.tsx'
import { snippetOf } from './snippet.ts'
import { areaOf, openWindows } from './windows.ts'
import { count, fileName, movedText } from './words.ts'

export interface Doing {
  open(names: readonly string[]): void
  put(persona: PersonaState, state: string): void
  advance(persona: PersonaState, fields: { readonly by: string } | { readonly to: string }): void
  end(persona: PersonaState): void
  endAll(): void
  copy(persona: PersonaState, what: 'curl' | 'storageState' | 'test'): void
  record(on: boolean): void
  say(notice: Notice | undefined): void
}

export function createDoing(link: Link, say: (notice: Notice | undefined) => void): Doing {
  /** Whatever went wrong is said; `then` has the rest. */
  async function after<Body>(
    what: string,
    asked: Promise<Answer<Body>>,
    then: (body: Body) => void | Promise<void>,
  ): Promise<void> {
    const answer = await asked
    if (answer.kind === 'ok') await then(answer.body)
    else if (answer.kind === 'refused') say({ kind: 'trouble', title: what, text: answer.words })
    else say(undefined)
  }

  function bring(title: string, text: string): Promise<void> {
    return copied(text).then((done) =>
      say(
        done
          ? { kind: 'said', title: `${title} copied`, text: 'It is in the clipboard' }
          : { kind: 'text', title: `${title}, to copy by hand`, text },
      ),
    )
  }

  /** Of the session that is there, or else of a first one. */
  function cookieOf({ name, session }: PersonaState): Promise<Answer<HandedOut>> {
    return isLive(session)
      ? link.post(`/qa/sessions/${name}/cookie`, { ref: session.ref })
      : link.post('/qa/sessions', { persona: name })
  }

  return {
    say,
    async open(names) {
      const { blocked, refused } = await openWindows(names, {
        area: placeFor(names.length),
        open: (...asked) => window.open(...asked),
        linkFor: (persona) => link.post('/qa/open', { persona }),
      })
      const why = refused.join('; ')
      if (blocked.length > 0) {
        const title = `This browser blocked ${count(blocked.length, 'window')}`
        const more = why === '' ? [] : [` Not opened: ${why}.`]
        const text = createElement(Fragment, {}, ...linksTo(blocked), ...more)
        say({ kind: 'trouble', title, text })
      } else say(why === '' ? undefined : { kind: 'trouble', title: 'Not opened', text: why })
    },
    put({ name, session }, state) {
      const asked = isLive(session)
        ? link.post(`/qa/sessions/${name}/state`, { state, ref: session.ref })
        : link.post('/qa/sessions', { persona: name, state })
      void after(`${name} cannot be ${state}`, asked, () =>
        say({
          kind: 'said',
          title: `${name} is ${state}`,
          text: isLive(session) ? 'Under the same cookie' : 'In a session of their own',
        }),
      )
    },
    advance({ name, session }, fields) {
      const ref = session ? { ref: session.ref } : {}
      const asked = link.post<{ movedMs: number }>(`/qa/sessions/${name}/advance`, {
        ...fields,
        ...ref,
      })
      void after(`${name}’s clock stays`, asked, ({ movedMs }) =>
        say({
          kind: 'said',
          title: `For ${name}, ${movedText(movedMs)} went by`,
          text: 'For nobody else',
        }),
      )
    },
    end({ name }) {
      const asked = link.post<{ ended: number }>(`/qa/sessions/${name}/end`, {})
      void after(`${name} stays`, asked, ({ ended }) =>
        say({
          kind: 'said',
          title: `${name} is signed out`,
          text: `${count(ended, 'session')} ended`,
        }),
      )
    },
    endAll() {
      void after('They stay', link.post<{ ended: number }>('/qa/end-all', {}), ({ ended }) =>
        say({
          kind: 'said',
          title: 'Everybody is signed out',
          text: `${count(ended, 'session')} ended`,
        }),
      )
    },
    copy(persona, what) {
      const { name } = persona
      if (what === 'test') {
        const { origin } = link.view().state ?? { origin: location.origin }
        void bring('Test snippet', snippetOf(name, origin))
        return
      }
      void after(`No cookie of ${name}`, cookieOf(persona), (body) =>
        what === 'curl'
          ? bring(`${name}’s line for curl`, body.curl)
          : bring(`${name}’s storageState`, JSON.stringify(body.storageState, null, 2)),
      )
    },
    record(on) {
      const asked = link.post<{ recording: Recording | false; written?: Recording | null }>(
        '/qa/record',
        { on },
      )
      void after('Not recorded', asked, ({ recording, written }) => {
        const text = 'No password, token or cookie stands in it'
        const done =
          written && `Written: ${fileName(written.file)}, ${count(written.entries, 'call')}`
        const title = recording ? `Recording to ${fileName(recording.file)}` : done
        say(title ? { kind: 'said', title, text } : undefined)
      })
    },
  }
}

function linksTo(blocked: ReadonlyArray<{ readonly name: string; readonly url: string }>) {
  const links = blocked.map(({ name, url }) =>
    createElement(
      'a',
      {
        href: url,
        target: '_blank',
        rel: 'noreferrer',
        className: 'button once',
        key: name,
        // It is good once.
        onClick: ({ currentTarget }: { currentTarget: HTMLElement }) => {
          setTimeout(() => {
            currentTarget.hidden = true
          })
        },
      },
      name,
    ),
  )
  return ['Allow pop-ups here, or open them one by one within a minute: ', ...links]
}

/** One window leaves this page in sight. */
function placeFor(many: number) {
  const area = areaOf(screen)
  if (many > 1) return area
  const width = Math.min(area.width, Math.max(720, Math.floor(area.width / 2)))
  return { ...area, left: area.left + area.width - width, width }
}
