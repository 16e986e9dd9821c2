// The bench's page: personas in one place, and what they call as it happens.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createAsking } from './asking.ts'
import { openLink } from './link.ts'
import { Page } from './page.tsx'

const place = document.getElementById('page')
if (place) {
  const asking = createAsking({ fetch: (...sent) => fetch(...sent), storage: sessionStorage })
  const link = openLink({ asking, now: Date.now })
  createRoot(place).render(
    <StrictMode>
      <Page link={link} />
    </StrictMode>,
  )
}
