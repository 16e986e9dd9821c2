import { describe, expect, it } from 'vitest'
import { type Machine, meetNeeds } from '../support/needs.ts'

const browser = { commands: ['br', 'browser'], packages: ['br', 'fonts'], purpose: 'browser tests' }
const store = { commands: ['stored'], packages: ['store-server'], purpose: 'store tests' }

function createMachine(options: { has: string[]; isRoot?: boolean; installs?: string[] }) {
  const present = new Set(options.has)
  const ran: string[] = []
  const machine: Machine = {
    find: (command) => (present.has(command) ? `/usr/bin/${command}` : undefined),
    isRoot: options.isRoot ?? true,
    run(command, args) {
      ran.push([command, ...args.filter((arg) => !/^-|=/.test(arg))].join(' '))
      if (args[0] === 'install') for (const name of options.installs ?? []) present.add(name)
      return true
    },
  }
  return { machine, ran }
}

describe('what the tests need beyond npm', { timeout: 120_000 }, () => {
  it('is left alone where it is there, under any of its names', () => {
    const { machine, ran } = createMachine({ has: ['browser', 'stored', 'apt-get'] })

    expect(meetNeeds(machine, [browser, store])).toEqual([])
    expect(ran).toEqual([])
  })

  it('is installed where root has apt-get, and only what is missing', () => {
    const { machine, ran } = createMachine({ has: ['stored', 'apt-get'], installs: ['br'] })

    expect(meetNeeds(machine, [browser, store])).toEqual([])
    expect(ran).toEqual(['apt-get update', 'apt-get install br fonts'])
  })

  it('is named in one line each where it may not be installed', () => {
    const { machine, ran } = createMachine({ has: ['apt-get'], isRoot: false })

    expect(meetNeeds(machine, [browser, store])).toEqual([
      'browser tests need br: apt-get install br fonts',
      'store tests need stored: apt-get install store-server',
    ])
    expect(ran).toEqual([])
  })

  it('is named where installing it did not bring it', () => {
    const { machine } = createMachine({ has: ['apt-get'], installs: [] })

    expect(meetNeeds(machine, [browser])).toHaveLength(1)
  })

  it('is named where there is no apt-get', () => {
    const { machine, ran } = createMachine({ has: [] })

    expect(meetNeeds(machine, [browser])).toHaveLength(1)
    expect(ran).toEqual([])
  })
})
