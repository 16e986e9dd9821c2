import { createElement, StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { SessionProvider, useSession } from '../../../src/client/react.ts'
import { fakeBrowser, sessionOf } from './fake-browser.ts'

function Status() {
  const { status, stale } = useSession()
  return createElement('p', null, `${status} ${stale}`)
}

describe('on a server', () => {
  it('everybody is still loading, whatever a client knows, so that the browser can take over', async () => {
    const it = fakeBrowser()
    it.gateway.session = sessionOf('ada', it.clock.now())
    const { client } = await it.open()
    const page = (props: object) =>
      createElement(StrictMode, null, createElement(SessionProvider, props, createElement(Status)))

    expect(client.session().status).toBe('authenticated')
    expect(renderToString(page({ client }))).toBe('<p>loading false</p>')
    expect(renderToString(page({}))).toBe('<p>loading false</p>')
  })
})

describe('useSession', () => {
  it('says what is missing where there is no provider', () => {
    expect(() => renderToString(createElement(Status))).toThrow('<SessionProvider>')
  })
})
