// The demo's page: what your browser holds, what the counter holds for you, and what the upstream saw of it.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { SessionProvider } from '../../client/react.ts'
import { Page } from './page.tsx'

const place = document.getElementById('page')
if (place) {
  createRoot(place).render(
    <StrictMode>
      <SessionProvider>
        <Page />
      </SessionProvider>
    </StrictMode>,
  )
}
