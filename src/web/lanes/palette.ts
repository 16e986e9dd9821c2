// The colours of the page, as a canvas takes them: CSS variables, computed for the scheme that is on.

export interface Palette {
  readonly card: string
  readonly band: string
  readonly ink: string
  readonly soft: string
  readonly line: string
  readonly wrong: string
  readonly warn: string
  readonly good: string
  /** By a user's colour; anything else than a colour of the house is ink. */
  person(colour: string): string
  readonly letters: string
}

const VARIABLES = {
  card: '--card',
  band: '--paper',
  ink: '--ink',
  soft: '--soft',
  line: '--line',
  wrong: '--wrong',
  warn: '--brass-ink',
  good: '--good',
} as const

/** Those that palette.css knows. */
const PEOPLE = [
  'violet',
  'green',
  'orange',
  'blue',
  'crimson',
  'teal',
  'goldenrod',
  'slateblue',
  'gray',
  'red',
  'pink',
  'brown',
] as const

/** `host` is in the page: what is computed for it is what it shows. */
export function readPalette(host: HTMLElement): Palette {
  const probe = host.appendChild(document.createElement('span'))
  try {
    const colourOf = (variable: string): string => {
      probe.style.color = `var(${variable})`
      return getComputedStyle(probe).color
    }
    const found = Object.entries(VARIABLES).map(([name, variable]) => [name, colourOf(variable)])
    const { fontFamily } = getComputedStyle(host)
    const people = new Map<string, string>()
    for (const name of PEOPLE) {
      probe.dataset.colour = name
      people.set(name, colourOf('--person'))
    }
    const colours = Object.fromEntries(found) as Record<keyof typeof VARIABLES, string>
    const person = (colour: string): string => people.get(colour) ?? colours.ink
    return { ...colours, person, letters: fontFamily }
  } finally {
    probe.remove()
  }
}
