/**
 * How the code is built: which room imports which, how long files are, where clock, randomness and environment are read.
 * Each rule stands beside a test that it finds what it forbids.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  badNames,
  clockAndRandomness,
  defaultExports,
  environmentReads,
  filesTooLong,
  reExports,
  withoutDocstring,
} from './structure/code.ts'
import { importsOf } from './structure/imports.ts'
import { importsOutside, KEEPERS } from './structure/packages.ts'
import { importCycles, importsBeyondTheTable, importsOfMissingFiles, importsOfTheDemo } from './structure/rooms.ts'
import { codeOf, filesBelow, readSources, type Source, source } from './structure/source.ts'
import { forbiddenWords, privateKeys, type Text } from './structure/texts.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCES = readSources(ROOT, 'src')
const TESTS = readSources(ROOT, 'test')

/** Everything that is not made on the machine: packages, data, keys, logs. */
const TEXTS: readonly Text[] = filesBelow(ROOT, '.', ['node_modules', '.git', 'data', 'package-lock.json'])
  .filter((path) => !path.endsWith('.log') && (!path.startsWith('certs/') || path === 'certs/README.md'))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))

function holds(violations: readonly string[]): void {
  assert.equal(violations.length, 0, `\n${violations.join('\n')}`)
}

function finds(violations: readonly string[], expected: readonly string[]): void {
  assert.deepEqual(violations, expected)
}

describe('the scanner', () => {
  test('sees the files of the project', () => {
    for (const path of ['src/gatehouse.js', 'src/app.ts', 'src/core/time.ts', 'src/signin/saml/checks.ts']) {
      assert.ok(
        SOURCES.some((each) => each.path === path),
        path,
      )
    }
    assert.ok(TEXTS.some(({ path }) => path === 'package.json'))
  })

  test('keeps code and its offsets, and blanks comments, quoted text and regular expressions', () => {
    const text = [
      '#!/usr/bin/env node',
      "const a = 'it\\'s' // Date.now()",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the sample is code
      'const b = `x ${f(`${c}`, { d: 1 })} // y` /* z',
      ' z */ + 4 / 2 / 1',
      'const e = /[/"]\\/`/g.test("\'")',
    ].join('\n')
    const code = codeOf(text)
    assert.equal(code.length, text.length)
    assert.deepEqual(
      code.split('\n').map((line) => line.replace(/ +/g, ' ').trim()),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the sample is code
      ['', "const a = ' '", 'const b = ` ${f(`${c}`, { d: 1 })} `', '+ 4 / 2 / 1', 'const e = .test(" ")'],
    )
  })

  test('reads every form of import with its line and kind', () => {
    const text = [
      "import { a } from './a.ts'",
      "import type { B } from './b.ts'",
      "import { type C } from './c.ts'",
      'import {',
      '  type D,',
      '  d,',
      "} from './d.ts'",
      "import './e.ts'",
      "import f, * as g from '@x/y/z.js'",
      "export { h } from './h.ts'",
      "export type * from './i.ts'",
      "const j = await import('./j.ts')",
      "type K = typeof import('./k.ts') | import('node:fs').Stats",
      "import(l).then(m); import('./n.ts').then(o)",
      "new Worker(new URL('./p.ts', import.meta.url)); new URL('./static/', import.meta.url)",
      "// import { q } from './q.ts'",
      '"import r from \'./r.ts\'"',
      'const { env: from } = s',
    ].join('\n')
    assert.deepEqual(
      importsOf(source('src/x/t.ts', text)).map(({ place, file, package: name, kind }) => [place, file ?? name, kind]),
      [
        ['src/x/t.ts:1', 'src/x/a.ts', 'value'],
        ['src/x/t.ts:2', 'src/x/b.ts', 'type'],
        ['src/x/t.ts:3', 'src/x/c.ts', 'value'],
        ['src/x/t.ts:4', 'src/x/d.ts', 'value'],
        ['src/x/t.ts:8', 'src/x/e.ts', 'value'],
        ['src/x/t.ts:9', '@x/y', 'value'],
        ['src/x/t.ts:10', 'src/x/h.ts', 'value'],
        ['src/x/t.ts:11', 'src/x/i.ts', 'type'],
        ['src/x/t.ts:12', 'src/x/j.ts', 'dynamic'],
        ['src/x/t.ts:13', 'src/x/k.ts', 'type'],
        ['src/x/t.ts:13', 'node:fs', 'type'],
        ['src/x/t.ts:14', '(computed)', 'dynamic'],
        ['src/x/t.ts:14', 'src/x/n.ts', 'dynamic'],
        ['src/x/t.ts:15', 'src/x/p.ts', 'thread'],
      ],
    )
  })
})

describe('rooms', () => {
  test('values are imported from another room only where the table of rooms says so', () => {
    holds(importsBeyondTheTable(SOURCES))
  })

  test('an import beyond the table is found, a type is free', () => {
    const upward = source('src/core/x.ts', "import type { A } from '../store/a.ts'\nimport { b } from '../store/b.ts'")
    const unknown = source('src/attic/x.ts', "import { a } from '../core/a.ts'")
    const outside = source('src/cli/x.ts', "import { a } from '../../test/a.ts'\nawait import(b)")
    const allowed = source('src/gateway/x.ts', "import { a } from '../core/a.ts'\nimport { b } from './b.ts'")
    finds(importsBeyondTheTable([upward, unknown, outside, allowed]), [
      'src/core/x.ts:2 imports ../store/b.ts: core may not import values of store',
      'src/attic/x.ts:1: the room attic is not in the table',
      'src/cli/x.ts:1 imports test/a.ts, which is outside src',
      'src/cli/x.ts:2 imports a path that is computed',
    ])
  })

  test('the demo is loaded by nothing but an import() of the command', () => {
    holds(importsOfTheDemo(SOURCES))
  })

  test('a static import of the demo is found, and one by another room', () => {
    const command = source('src/cli/x.ts', "import { a } from '../demo/a.ts'\nawait import('../demo/b.ts')")
    const root = source('src/app.ts', "await import('./demo/c.ts')")
    finds(importsOfTheDemo([command, root]), [
      'src/cli/x.ts:1 imports ../demo/a.ts',
      'src/app.ts:1 imports ./demo/c.ts',
    ])
  })

  test('no imports of values go in a circle', () => {
    holds(importCycles(SOURCES))
  })

  test('a circle is found with its files; types and threads close none', () => {
    const circle = [
      source('src/a/a.ts', "import { b } from './b.ts'"),
      source('src/a/b.ts', "import { c } from './c.ts'"),
      source('src/a/c.ts', "import { b } from './b.ts'"),
      source('src/a/d.ts', "import { e } from './e.ts'"),
      source('src/a/e.ts', "import type { d } from './d.ts'\nnew URL('./d.ts', import.meta.url)"),
    ]
    finds(importCycles(circle), ['src/a/b.ts → src/a/c.ts → src/a/b.ts'])
  })

  test('every imported file is there', () => {
    holds(importsOfMissingFiles([...SOURCES, ...TESTS.filter(({ path }) => path !== 'test/structure.test.ts')]))
  })

  test('an import of a file that is not there is found', () => {
    finds(importsOfMissingFiles([source('src/a/a.ts', "import type { B } from './b.ts'")]), [
      'src/a/a.ts:1 imports ./b.ts, which is not there',
    ])
  })
})

describe('packages', () => {
  for (const keeper of KEEPERS) {
    test(`${keeper.package} is imported by its keeper alone: ${keeper.values.join(', ')}`, () => {
      holds(importsOutside(keeper, SOURCES))
      assert.ok(SOURCES.some((each) => importsOf(each).some((found) => found.package === keeper.package)))
    })
  }

  test('an import of a package by another file is found, and a second importer in the same folder', () => {
    const keeper = { package: '@x/y', values: ['src/a/'], files: 1, types: ['src/b/types.ts'] }
    const sources = [
      source('src/a/one.ts', "import { y } from '@x/y'"),
      source('src/a/two.ts', "import { y } from '@x/y/lib/deep.js'"),
      source('src/b/types.ts', "import type { Y } from '@x/y'\nimport { y } from '@x/y'"),
      source('src/c/types.ts', "import type { Y } from '@x/y'"),
    ]
    finds(importsOutside(keeper, sources), [
      'src/b/types.ts:2 imports values of @x/y',
      'src/c/types.ts:1 imports types of @x/y',
      '3 files import @x/y: src/a/one.ts, src/a/two.ts, src/b/types.ts',
    ])
  })
})

describe('files', () => {
  test('no file of src has more than 400 lines, and at most three have more than 300', () => {
    holds(filesTooLong(SOURCES))
  })

  test('no file of test has more than 400 lines', () => {
    holds(TESTS.flatMap((each) => filesTooLong([each])))
  })

  test('a file that is too long is found, and too many that are nearly so', () => {
    const lines = (path: string, count: number): Source => source(path, 'x\n'.repeat(count))
    finds(filesTooLong([lines('a.ts', 401), lines('b.ts', 400)]), ['a.ts has 401 lines'])
    const four = ['a.ts', 'b.ts', 'c.ts', 'd.ts'].map((path) => lines(path, 301))
    finds(
      filesTooLong([...four, lines('e.ts', 300)]),
      four.map(({ path }) => `${path} has 301 lines`),
    )
  })

  test('files are named in kebab-case, by what they hold', () => {
    holds(badNames([...SOURCES, ...TESTS]))
  })

  test('a name in another case is found, and one that says nothing', () => {
    const named = (path: string): Source => source(path, '')
    finds(badNames([named('src/a/routeTable.ts'), named('src/a/utils.ts'), named('test/a/route-table.test.ts')]), [
      'src/a/routeTable.ts is not named in kebab-case',
      'src/a/utils.ts is not named by what it holds',
    ])
  })

  test('every file of src begins with what it is for', () => {
    holds(withoutDocstring(SOURCES))
  })

  test('a file that begins with anything else is found', () => {
    const files = [source('a.ts', "import a from 'a'\n/** A. */"), source('b.js', '#!/usr/bin/env node\n// B.')]
    finds(withoutDocstring(files), ['a.ts does not say what it is for'])
  })

  test('no file has a default export', () => {
    holds(defaultExports([...SOURCES, ...TESTS]))
  })

  test('a default export is found', () => {
    const files = [source('a.ts', 'const a = 1\nexport default a'), source('b.ts', 'export { b as default }')]
    finds(defaultExports(files), ['a.ts:2 export default', 'b.ts:1 as default'])
  })

  test('no file hands on the exports of another', () => {
    holds(reExports([...SOURCES, ...TESTS]))
  })

  test('a barrel is found', () => {
    const barrel = source('a.ts', "export * from './b.ts'\nexport type { C } from './c.ts'\nexport { d }")
    finds(reExports([barrel]), ['a.ts:1 export *', 'a.ts:2 export type { C } from'])
  })
})

describe('clock, randomness and environment', () => {
  test('the clock and randomness are read in src/core alone', () => {
    holds(clockAndRandomness(SOURCES))
  })

  test('every reading of the clock or of randomness is found; a given time and a deadline are none', () => {
    const free = source(
      'src/a/free.ts',
      'new Date(x); setTimeout(f, 1) // Date.now()\nconst s = "Math.random()"; toDate(x)',
    )
    const core = source('src/core/time.ts', 'Date.now()')
    finds(clockAndRandomness([free, core]), [])
    const readings = ['Date.now()', 'new Date()', 'new Date', 'Date()', 'Math.random()', 'performance.now()']
    const more = [
      'randomBytes(8)',
      'crypto.randomUUID()',
      'process.hrtime()',
      'setInterval(f, 1)',
      'getRandomValues(x)',
    ]
    for (const reading of [...readings, ...more]) {
      assert.equal(clockAndRandomness([source('src/a/x.ts', `const x = ${reading};`)]).length, 1, reading)
    }
  })

  test('the environment is read in src/config/environment.ts alone', () => {
    holds(environmentReads(SOURCES))
  })

  test('every reading of the environment is found', () => {
    for (const reading of ['process.env.HOME', "process['env']", 'const { env } = process', 'process?.env']) {
      assert.equal(environmentReads([source('src/a/x.ts', reading)]).length, 1, reading)
    }
    finds(environmentReads([source('src/config/environment.ts', 'process.env'), source('src/a/y.ts', 'part.env')]), [])
  })
})

describe('texts', () => {
  test('no file speaks of the machine it was made on or of unfinished work', () => {
    holds(forbiddenWords(TEXTS))
  })

  test('a word that must not be there is found with its line', () => {
    const text = `fine\n// TODO: more\nsee ${'..'}/shared/x\n/${'work'}/main\nMASTODON // FIXME`
    finds(forbiddenWords([{ path: 'a.md', text }]), [
      'a.md:2 says TODO',
      `a.md:3 says ${'..'}/shared`,
      `a.md:4 says /${'work'}/`,
      'a.md:5 says FIXME',
    ])
  })

  test('no private key stands outside test/', () => {
    holds(privateKeys(TEXTS))
  })

  test('a private key is found, also as a string; its head alone is none', () => {
    const head = '-----BEGIN EC PRIVATE KEY-----'
    const body = 'MHcCAQEEIBkg'.repeat(6)
    const files = [
      { path: 'a.pem', text: `${head}\n${body}\n` },
      { path: 'b.ts', text: `const key = '${head}\\n${body}'` },
      { path: 'c.ts', text: `text.startsWith('${head}')` },
      { path: 'test/d.pem', text: `${head}\n${body}\n` },
    ]
    finds(privateKeys(files), ['a.pem holds a private key', 'b.ts holds a private key'])
  })
})
