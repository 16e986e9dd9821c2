// In pages that the gateway itself serves: whose window this is, as a badge, before the title and in the icon. It asks
// whose cookie this browser holds, and touches nothing else of the page.

interface Person {
  readonly name: string
  readonly colour: string
  readonly hex: string
}

const EVERY_MS = 3000
const STYLE = `
  :host { all: initial; }
  .bar, .name { position: fixed; z-index: 2147483647; pointer-events: none; }
  .bar { inset: 0 0 auto; height: 4px; background: var(--colour); }
  .name { left: 12px; bottom: 12px; display: flex; align-items: center; gap: 7px; max-width: 40vw;
    padding: 3px 12px 3px 3px; border: 1px solid #fff; border-radius: 99px; background: var(--colour);
    color: #fff; font: 600 13px/1.2 Arial, sans-serif; box-shadow: 0 2px 8px rgb(0 0 0 / .3);
    transition: opacity .15s; }
  .name.near { opacity: .12; }
  .name b { display: grid; place-items: center; flex: none; width: 22px; height: 22px; border-radius: 50%;
    background: #fff; color: var(--colour); font: 700 13px/1 Georgia, serif; }
  .name span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  @media print { .bar, .name { display: none; } }
`

/** So near, it fades: what it stands on can be read. */
const NEAR_PX = 50

const host = document.createElement('coatcheck-badge')
// The title says it to whoever listens.
host.setAttribute('aria-hidden', 'true')
const shadow = host.attachShadow({ mode: 'closed' })
const sheet = new CSSStyleSheet()
sheet.replaceSync(STYLE)
shadow.adoptedStyleSheets = [sheet]
const bar = part('div', 'bar')
const name = part('div', 'name')
const initial = name.appendChild(document.createElement('b'))
const words = name.appendChild(document.createElement('span'))
shadow.append(bar, name)

let person: Person | undefined
let icons: readonly Element[] = []
const icon = document.createElement('link')
icon.rel = 'icon'
icon.type = 'image/svg+xml'

// Whatever the page makes of its own title: the name stays before it.
const watch = new MutationObserver(markTitle)
watch.observe(document.documentElement, { childList: true, characterData: true, subtree: true })
setInterval(look, EVERY_MS)
for (const kind of ['visibilitychange', 'focus']) addEventListener(kind, look)
addEventListener('pointermove', fade, { passive: true })
look()

function fade({ clientX: x, clientY: y }: PointerEvent): void {
  const { left, right, top, bottom } = name.getBoundingClientRect()
  const away = Math.max(left - x, x - right, top - y, y - bottom)
  name.classList.toggle('near', away < NEAR_PX)
}

function part(kind: string, className: string): HTMLElement {
  const made = document.createElement(kind)
  made.className = className
  return made
}

async function look(): Promise<void> {
  if (document.visibilityState !== 'visible') return
  const found = await ask()
  if (found === 'unknown' || JSON.stringify(found) === JSON.stringify(person)) return
  const before = person
  person = found
  if (before) document.title = withoutName(document.title, before)
  if (person) show(person)
  else hide()
}

/** `unknown`: nobody answered, so nothing changes. */
async function ask(): Promise<Person | undefined | 'unknown'> {
  try {
    const answer = await fetch('/qa/badge', { headers: { accept: 'application/json' } })
    if (!answer.ok) return 'unknown'
    const body: { person: Person | null } = await answer.json()
    return body.person ?? undefined
  } catch {
    return 'unknown'
  }
}

function show({ name: who, colour, hex }: Person): void {
  const first = who.slice(0, 1).toUpperCase()
  host.style.setProperty('--colour', hex)
  initial.textContent = first
  words.textContent = who
  document.body.append(host)
  markTitle()
  const others = document.querySelectorAll('link[rel~="icon"]')
  icons = icons.length > 0 ? icons : [...others].filter((one) => one !== icon)
  for (const one of icons) one.remove()
  icon.href = `/qa/assets/icon.svg?${new URLSearchParams({ colour, initial: first })}`
  document.head.append(icon)
}

function hide(): void {
  host.remove()
  icon.remove()
  document.head.append(...icons)
  icons = []
}

function markTitle(): void {
  if (person && !document.title.startsWith(prefixOf(person))) {
    document.title = prefixOf(person) + document.title
  }
}

function prefixOf({ name: who }: Person): string {
  return `${who} · `
}

function withoutName(title: string, who: Person): string {
  const prefix = prefixOf(who)
  return title.startsWith(prefix) ? title.slice(prefix.length) : title
}
