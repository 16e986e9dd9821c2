// Whether this Node can run Coatcheck: asked before anything is loaded that an older one cannot read.

/** `Coatcheck needs …`, to be followed by what to do about it; undefined where it is recent enough. */
export function oldNode(version = process.version): string | undefined {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 20)) return undefined
  return `Coatcheck needs Node 22.20 or later and this is ${version}`
}
