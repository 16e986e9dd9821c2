// Says in one sentence what to do where Node is too old to run TypeScript: npm scripts run this before src/main.ts.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 20)) {
  console.error(
    `Coatcheck needs Node 22.20 or later and this is ${process.version}: run "npm ci", which brings Node 26 for npm scripts.`,
  )
  process.exit(1)
}
