// The colours of personas where no style sheet of ours is: dark enough for white letters. Pure.

/** As palette.css has them in light; a test holds the two together. */
const COLOURS: Readonly<Record<string, string>> = {
  violet: '#6a35a8',
  green: '#1c6a3b',
  orange: '#a04708',
  blue: '#1f58a6',
  red: '#a3211b',
  teal: '#0f6470',
  pink: '#a32272',
  brown: '#6d4a2b',
  gray: '#5a5a5a',
}

/** `gray` for a colour that nobody knows. */
export function badgeColour(name: string): string {
  return COLOURS[name] ?? '#5a5a5a'
}

/** A disc with an initial, as a favicon; undefined unless both are what they should be. */
export function badgeIcon(colour: unknown, initial: unknown): string | undefined {
  if (typeof colour !== 'string' || !Object.hasOwn(COLOURS, colour)) return undefined
  if (typeof initial !== 'string' || !/^[\p{L}\p{N}]$/u.test(initial)) return undefined
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="${badgeColour(colour)}"/><text x="16" y="22.5" font-family="Georgia, serif" font-size="19" font-weight="700" fill="#fff" text-anchor="middle">${initial}</text></svg>`
}
