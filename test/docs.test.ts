/** What the documentation says is what the program does: codes, links, scripts, commands, settings, examples. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { metrics } from '../src/admin/metrics.ts'
import { readConfig } from '../src/cli/context.ts'
import { configJsonSchema } from '../src/config/json-schema.ts'
import { formatProblem } from '../src/config/problem.ts'
import { configSchema } from '../src/config/schema.ts'
import { ALARM_CODES, alarms } from '../src/core/alarms.ts'
import { ERRORS } from '../src/core/errors.ts'
import { systemClock } from '../src/core/time.ts'
import { brokenLinks, codeIn, commandsIn, fencesIn, type Page, rowsIn, scriptsIn } from './docs/pages.ts'
import { entryKeys, undocumentedKeys, unknownKeys } from './docs/settings.ts'
import { filesBelow } from './structure/source.ts'

const ROOT = join(import.meta.dirname, '..')
const ROOT_PAGES = ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'certs/README.md']
const PAGES = [...ROOT_PAGES, ...filesBelow(ROOT, 'docs').filter((path) => path.endsWith('.md'))].map(readPage)
const BUILT_IN = ['ci', 'install']

function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') }
}

function holds(violations: readonly string[]): void {
  assert.equal(violations.length, 0, `\n${violations.join('\n')}`)
}

describe('docs/errors.md', () => {
  test('lists every code of the catalogue once, with its status, and no other', () => {
    const listed = rowsIn(readPage('docs/errors.md').text).map(([code, status]) => `${code} ${status}`)
    const catalogue = Object.entries(ERRORS).map(([code, { status }]) => `\`${code}\` ${status}`)
    assert.deepEqual(listed.toSorted(), catalogue.toSorted())
  })
})

describe('docs/operations.md', () => {
  const { text } = readPage('docs/operations.md')
  /** The first cells of the rows below a heading, up to the next. */
  const listed = (heading: string): readonly string[] => {
    const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
    return rowsIn(section).map(([first = '']) => first.replaceAll('`', ''))
  }

  test('lists every alarm, and no other', () => {
    assert.deepEqual(listed('Alarms').toSorted(), [...ALARM_CODES].toSorted())
  })

  test('lists every metric of our own, and no other', async () => {
    const clock = systemClock
    const { body } = await metrics({ alarms: alarms({ clock }), clock }).render()
    const names = [...body.matchAll(/^# TYPE (gatehouse_\w+) /gm)].map(([, name = '']) => name)
    assert.deepEqual(listed('Metrics').toSorted(), names.toSorted())
  })
})

describe('links', () => {
  const exists = (path: string): boolean => existsSync(join(ROOT, path))
  const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

  test('every relative link and anchor of the documentation leads somewhere', () => {
    holds(brokenLinks(PAGES, { exists, read }))
  })

  test('a link to a missing file or heading is found; code and other sites are left alone', () => {
    const text = [
      '# A page, with `code`',
      '[a](b.md) [c](../README.md#try-it) [d](../README.md#nowhere)',
      '[e](#a-page-with-code) [f](#gone) [g](https://example.com/x) `[h](i.md)` [j](k(1',
    ].join('\n')
    const files = {
      exists: (path: string) => path === 'docs/x.md' || exists(path),
      read: (path: string) => (path === 'docs/x.md' ? text : read(path)),
    }
    assert.deepEqual(brokenLinks([{ path: 'docs/x.md', text }], files), [
      'docs/x.md links to b.md, which is not there',
      'docs/x.md links to ../README.md#nowhere, which has no such heading',
      'docs/x.md links to #gone, which has no such heading',
    ])
  })
})

describe('scripts and commands', () => {
  const scripts: Record<string, string> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts

  test('every npm script that is named exists', () => {
    const named = PAGES.flatMap(({ path, text }) =>
      codeIn(text)
        .flatMap(scriptsIn)
        .map((name) => ({ path, name })),
    )
    assert.ok(named.some(({ name }) => name === 'test'))
    const known = (name: string): boolean => name in scripts || BUILT_IN.includes(name)
    holds(named.filter(({ name }) => !known(name)).map(({ path, name }) => `${path} names npm script ${name}`))
  })

  test('npm scripts are found in code, with and without run', () => {
    assert.deepEqual(codeIn('npm x `npm run check`\n```sh\nnpm start -- serve\n```').flatMap(scriptsIn), [
      'start',
      'check',
    ])
  })

  test('every command that is named exists', async () => {
    const named = PAGES.flatMap(({ path, text }) =>
      codeIn(text)
        .flatMap(commandsIn)
        .map((words) => ({ path, words })),
    )
    assert.ok(named.some(({ words }) => words.join(' ') === 'operators grant'))
    const unknown = await unknownCommands(named.map(({ words }) => words))
    holds(
      named
        .filter(({ words }) => unknown.includes(words.join(' ')))
        .map(({ path, words }) => `${path} names gatehouse ${words.join(' ')}`),
    )
  })

  test('commands are found in code', () => {
    const text = '`gatehouse saml values` gatehouse no\n```sh\nnpx gatehouse serve --config gatehouse.yaml\n```'
    assert.deepEqual(codeIn(text).flatMap(commandsIn), [['serve'], ['saml', 'values']])
  })

  test('a command that does not exist is told from one that does', async () => {
    const words = [['operators', 'grant'], ['reload'], ['check-config', 'file'], ['operators', 'gront'], ['relaod']]
    assert.deepEqual(await unknownCommands(words), ['operators gront', 'relaod'])
  })
})

/** Those of `commands` that the program does not list. A word behind a command without subcommands is its argument. */
async function unknownCommands(commands: readonly (readonly string[])[]): Promise<readonly string[]> {
  const top = await commandsBelow([])
  const groups = new Set(commands.flatMap(([first = '', second]) => (second === undefined ? [] : [first])))
  const below = new Map<string, readonly string[]>()
  for (const group of groups) if (top.includes(group)) below.set(group, await commandsBelow([group]))
  return commands
    .filter(([first = '', second]) => {
      const listed = below.get(first) ?? []
      return !top.includes(first) || (second !== undefined && listed.length > 0 && !listed.includes(second))
    })
    .map((words) => words.join(' '))
}

/** The commands that the help of `words` lists. */
async function commandsBelow(words: readonly string[]): Promise<readonly string[]> {
  const args = [join(ROOT, 'src/gatehouse.js'), ...words, '--help']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const [, listed = ''] = stdout.split(/^Commands:\n/m)
  return [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name)
}

describe('settings', () => {
  const page = readPage('docs/configuration.md')

  test('docs/configuration.md names every setting', () => {
    holds(undocumentedKeys(configSchema, page.text))
  })

  test('docs/configuration.md names no setting that does not exist', () => {
    holds(unknownKeys(configSchema, page.text))
  })

  test('a setting whose row is taken away is found, and a row of none', () => {
    assert.ok(entryKeys(configSchema).includes('want.signedResponse'))
    const without = page.text
      .replace(/^\| `want\.signedResponse`.*\n/m, '')
      .replace('{ attribute, anyOf }', '{ attribute }')
    assert.deepEqual(undocumentedKeys(configSchema, without), ['entry.anyOf', 'want.signedResponse'])
    assert.deepEqual(unknownKeys(configSchema, `${page.text}\n| \`listen.hots\` | host | | |\n`), ['listen.hots'])
  })

  test('config/gatehouse.schema.json is what the schema of this version gives', () => {
    const written = readFileSync(join(ROOT, 'config/gatehouse.schema.json'), 'utf8')
    assert.ok(written === configJsonSchema(), 'config/gatehouse.schema.json is not up to date: npm run generate')
  })
})

describe('examples', () => {
  const examples = PAGES.flatMap(({ path, text }) =>
    fencesIn(text)
      .filter(({ info, code }) => info === 'yaml config' || (info === 'yaml' && /^publicUrl:/m.test(code)))
      .map(({ code }, index) => ({ path, code, name: `${path}, configuration ${index + 1}` })),
  )

  test('the README has a configuration to start from', () => {
    assert.ok(examples.some(({ path }) => path === 'README.md'))
  })

  for (const { name, code } of examples) {
    test(`${name} loads as it stands`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gatehouse-docs-'))
      try {
        await writeFile(join(folder, 'gatehouse.yaml'), code)
        const loaded = await readConfig(join(folder, 'gatehouse.yaml'), {})
        holds(loaded.ok ? [] : loaded.error.map(formatProblem))
      } finally {
        await rm(folder, { recursive: true })
      }
    })
  }
})
