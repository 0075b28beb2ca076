import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { file, load, loaded, problems, provider, service } from './support.ts'

const APP = (upstream: string) => file({ services: [service({ upstream })] })

describe('YAML is read strictly', () => {
  const CASES: readonly (readonly [string, string, RegExp])[] = [
    ['a syntax error names its line', 'publicUrl: https://a.example\nlisten: [1\nservices: []\n', /line 3, column 1/],
    [
      'a key that stands twice names its line',
      'publicUrl: https://a.example\npublicUrl: https://b.example\n',
      /line 2.*publicUrl/,
    ],
    ['a second document', 'publicUrl: https://a.example\n---\npublicUrl: https://b.example\n', /not valid YAML/],
    ['an unknown tag', 'publicUrl: !secret https://a.example\n', /not valid YAML: line 1/],
    ['a list instead of a section', '- a\n', /must be a section/],
    [
      'aliases that multiply',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]\n`,
      /not valid YAML/,
    ],
    ['nesting without end', `publicUrl: ${'['.repeat(50_000)}`, /not valid YAML/],
  ]
  for (const [title, text, message] of CASES) {
    test(title, async () => {
      const found = await problems(text)
      assert.equal(found.length, 1, JSON.stringify(found))
      assert.equal(found[0]?.key, '')
      assert.match(found[0]?.message ?? '', message)
    })
  }
  test('a key that stands twice hides no other mistake', async () => {
    const found = await problems('publicUrl: https://a.example\nlisten: { port: 1, port: 99999 }\n')
    assert.deepEqual(
      found.map((problem) => problem.key),
      ['', 'listen.port'],
    )
  })
  test('a key named __proto__ is an unknown key', async () => {
    const result = await load('publicUrl: https://a.example\n__proto__: { listen: 1 }\n')
    assert.deepEqual(result.ok ? [] : result.error.map((problem) => problem.key), ['__proto__'])
  })
})

describe('Values are filled in', () => {
  test(`\${ENV} stands anywhere in a value, and $\${ for a plain \${`, async () => {
    const displayName = `$\${X} \${NAME}-\${NAME} $5`
    const config = await loaded(file({ identityProviders: [provider({ displayName })] }), {
      env: { NAME: `a\${NAME}` },
    })
    assert.equal(config.identityProviders[0]?.displayName, `\${X} a\${NAME}-a\${NAME} $5`)
  })

  test('A variable that is not set is one problem that names it, and shows the text as written', async () => {
    assert.deepEqual(await problems(APP(`http://\${GONE}`)), [
      { key: 'services[0].upstream', value: `http://\${GONE}`, message: 'the environment variable GONE is not set' },
    ])
    assert.deepEqual(await problems(file({ publicUrl: `\${GONE}` })), [
      { key: 'publicUrl', value: `\${GONE}`, message: 'the environment variable GONE is not set' },
    ])
    assert.equal((await problems(APP(`\${NOT-A-NAME}`)))[0]?.key, 'services[0].upstream')
  })

  test('A variable that is set but empty is empty', async () => {
    const config = await loaded(APP(`http://a\${EMPTY}`), { env: { EMPTY: '' } })
    assert.deepEqual(config.services[0]?.upstream, ['http://a'])
  })

  test('A refused value from the environment is shown as it is written', async () => {
    const found = await problems(APP(`\${UP}`), { env: { UP: 'hush' } })
    assert.deepEqual(
      found.map(({ key, value }) => [key, value]),
      [['services[0].upstream', `\${UP}`]],
    )
  })

  test('file:PATH is the content of the file without one final newline, and is not looked at again', async () => {
    const content = file({ identityProviders: [provider({ displayName: `file:\${DIR}/name` })] })
    const files = { 'secrets/name': `The \${NAME}\n` }
    const config = await loaded(content, { files, env: { DIR: 'secrets' } })
    assert.equal(config.identityProviders[0]?.displayName, `The \${NAME}`)
    const two = await problems(content, { files: { 'secrets/name': 'The\n\n' }, env: { DIR: 'secrets' } })
    assert.equal(two[0]?.key, 'identityProviders[0].displayName', 'only one newline is stripped')
  })

  test('file: of a file that is not there is one problem', async () => {
    const found = await problems(APP('file:gone'))
    assert.deepEqual(found, [
      {
        key: 'services[0].upstream',
        value: 'file:gone',
        message: 'the file cannot be read (ENOENT); must be file: and a readable file',
      },
    ])
  })

  test('A number or truth value may come from the environment, but may not be written as text', async () => {
    const env = { PORT: '8443', YES: 'true', MINUTES: '1.5' }
    const content = file({
      listen: { port: `\${PORT}` },
      session: { timeoutMinutes: `\${MINUTES}` },
      identityProviders: [provider({ id: '42', allowCbc: `\${YES}`, displayName: `\${PORT}` })],
    })
    const config = await loaded(content, { env })
    assert.equal(config.listen.port, 8443)
    assert.equal(config.session.timeoutMinutes, 1.5)
    assert.equal(config.identityProviders[0]?.allowCbc, true)
    assert.equal(config.identityProviders[0]?.displayName, '8443')
    assert.deepEqual(
      await problems(content, { env: { ...env, PORT: '99999' } }).then((found) => found.map((each) => each.key)),
      ['listen.port'],
    )
    assert.deepEqual(
      (await problems(file({ listen: { port: '8443' } }))).map(({ value }) => value),
      ['"8443"'],
    )
  })

  test('Names of keys are not filled in', async () => {
    const groups = { map: { [`\${NAME}`]: 'x' } }
    const config = await loaded(file({ identityProviders: [provider({ groups })] }), { env: { NAME: 'a' } })
    assert.deepEqual(Object.keys(config.identityProviders[0]?.groups.map ?? {}), [`\${NAME}`])
  })
})
