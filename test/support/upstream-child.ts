// The demo's upstream in a process of its own, where anybody signs in; tells its parent where it answers.
import { startUpstream } from './upstream.ts'

const upstream = await startUpstream({ keep: 0 })
process.send?.(upstream.url)
process.once('disconnect', () => process.exit())
