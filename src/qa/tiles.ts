// Places for windows side by side on one screen, the same for the page and for the command. Pure.

/** In CSS pixels, as `window.open` takes them. */
export interface Tile {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Up to three beside each other, then in rows; none hides anything of another. */
export function tiles(many: number, area: Tile): Tile[] {
  const columns = many <= 3 ? many : Math.ceil(Math.sqrt(many))
  const rows = Math.ceil(many / columns)
  const height = Math.floor(area.height / rows)
  return Array.from({ length: many }, (_, index) => {
    const row = Math.floor(index / columns)
    // The last row may have fewer, and they share its width.
    const inRow = Math.min(columns, many - row * columns)
    const width = Math.floor(area.width / inRow)
    const left = area.left + (index - row * columns) * width
    return { left, top: area.top + row * height, width, height }
  })
}
