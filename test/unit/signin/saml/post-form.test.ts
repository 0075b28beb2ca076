/** What the assertion consumer reads of a form, at once or in a thread. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { after, describe, test } from 'node:test'
import { type FormReading, type PostForm, readPostForm } from '../../../../src/signin/saml/post-form.ts'
import { fieldText } from '../../../../src/signin/saml/scan-base64.ts'
import { verifyPool } from '../../../../src/signin/saml/verify-pool.ts'

const pool = verifyPool({ threads: 1 })
after(() => pool.close())

const LEAST_PRIORITY = 19

/** A field that is passed over, and makes a form one that is read in a thread. */
const LONG = `&other=${'x'.repeat(40_000)}`

const form = { message: 'YQ==', relayState: undefined, reposted: false, confirmed: false }
const malformed = (received: string) => ({ ok: false, problem: { code: 'SAML_MALFORMED', received } }) as const

/** With the message as text. */
type Shown =
  | { readonly ok: true; readonly form: Omit<PostForm, 'message'> & { readonly message: string } }
  | Extract<FormReading, { ok: false }>

function show(reading: FormReading): Shown {
  return reading.ok ? { ok: true, form: { ...reading.form, message: fieldText(reading.form.message) } } : reading
}

const CASES: Readonly<Record<string, readonly [body: string, reading: Shown]>> = {
  'a message': ['SAMLResponse=YQ%3D%3D', { ok: true, form }],
  'a message whose signs are not escaped': ['SAMLResponse=YQ==', { ok: true, form }],
  'a message with a RelayState': [
    'SAMLResponse=YQ==&RelayState=a%20b+c',
    { ok: true, form: { ...form, relayState: 'a b c' } },
  ],
  'an empty RelayState': ['RelayState=&SAMLResponse=YQ==', { ok: true, form: { ...form, relayState: '' } }],
  'a plus and an escaped one': ['SAMLResponse=a+b%2Bc', { ok: true, form: { ...form, message: 'a b+c' } }],
  'a percent sign that escapes nothing': ['SAMLResponse=%zz%', { ok: true, form: { ...form, message: '%zz%' } }],
  'letters beyond ASCII': ['SAMLResponse=%C3%A4ä', { ok: true, form: { ...form, message: 'ää' } }],
  'the mark of our page that sends it again': [
    'SAMLResponse=YQ==&gatehouse_repost=1',
    { ok: true, form: { ...form, reposted: true } },
  ],
  'the marks of our page that asks first': [
    'SAMLResponse=YQ==&gatehouse_repost=1&gatehouse_confirm=1',
    { ok: true, form: { ...form, reposted: true, confirmed: true } },
  ],
  'a mark with another value, and one twice': [
    'SAMLResponse=YQ==&gatehouse_repost=2&gatehouse_confirm=1&gatehouse_confirm=1',
    { ok: true, form },
  ],
  'names of the language': ['__proto__=a&constructor=b&SAMLResponse=YQ==', { ok: true, form }],
  'nothing at all': ['', malformed('a form without SAMLResponse')],
  'another case': ['samlresponse=YQ==', malformed('a form without SAMLResponse')],
  'a name in brackets': ['SAMLResponse[]=YQ==', malformed('a form without SAMLResponse')],
  'a question mark in front': ['?SAMLResponse=YQ==', malformed('a form without SAMLResponse')],
  'an empty message': ['SAMLResponse', malformed('an empty SAMLResponse')],
  'two messages': ['SAMLResponse=YQ==&SAMLResponse=YQ==', malformed('more than one SAMLResponse')],
  'a second message that is spelled otherwise': [
    'SAMLResponse=YQ==&%53AMLResponse=',
    malformed('more than one SAMLResponse'),
  ],
  'two RelayStates': ['SAMLResponse=YQ==&RelayState=a&RelayState=a', malformed('more than one RelayState')],
  'twenty-one fields': [
    `SAMLResponse=YQ==${'&a'.repeat(20)}`,
    { ok: false, problem: { code: 'SAML_TOO_LARGE', received: 'more than 20 fields' } },
  ],
}

describe('N-14: a form is read the same at once and in a thread', () => {
  for (const [what, [body, reading]] of Object.entries(CASES)) {
    test(`N-14: ${what}`, async () => {
      assert.deepEqual(show(readPostForm(Buffer.from(body))), reading)
      assert.deepEqual(show(await pool.readForm(Buffer.from(body))), reading)
      assert.deepEqual(show(await pool.readForm(Buffer.from(`${body}${LONG}`))), reading)
    })
  }
})

test('a long form is read by a thread that yields to the one that forwards', async () => {
  const long = Buffer.alloc(40_000, 'SAMLResponse=YQ==&other=')
  const part = Buffer.alloc(50_000, 'SAMLResponse=YQ==&other=').subarray(0, 40_000)
  assert.equal((await pool.readForm(long)).ok, false, 'many fields')
  assert.equal((await pool.readForm(part)).ok, false, 'many fields')
  assert.deepEqual([long.length, part.length], [0, 40_000], 'memory is handed over, but not that of others')
  if (process.platform !== 'linux') return
  const ours = niceOf('/proc/thread-self/stat')
  assert.equal(ours, getPriority())
  const nice = readdirSync('/proc/self/task').map((id) => niceOf(`/proc/self/task/${id}/stat`))
  assert.ok(nice.includes(Math.min(ours + 5, LEAST_PRIORITY)))
})

/** Field 19 of proc_pid_stat(5). */
function niceOf(stat: string): number {
  const text = readFileSync(stat, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16])
}
