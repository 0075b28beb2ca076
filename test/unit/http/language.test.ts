/** The language of our pages, and that each catalogue says everything (W-22). */

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import { ERRORS, type ErrorCode, type ErrorSpec } from '../../../src/core/errors.ts'
import { html } from '../../../src/core/html.ts'
import { textsFor } from '../../../src/http/language.ts'
import { responder } from '../../../src/http/respond.ts'
import { GERMAN } from '../../../src/http/texts/de.ts'
import { ENGLISH } from '../../../src/http/texts/en.ts'

const CODES = Object.keys(ERRORS) as readonly ErrorCode[]

describe('which language', () => {
  const wanted: readonly (readonly [header: string | undefined, language: string])[] = [
    [undefined, 'en'],
    ['', 'en'],
    ['en', 'en'],
    ['de', 'de'],
    ['DE', 'de'],
    ['de-DE', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['en-GB,en;q=0.9,de;q=0.8', 'en'],
    ['fr-FR, fr;q=0.9, de;q=0.5, en;q=0.4', 'de'],
    ['fr;q=0.9, en;q=0.2, de;q=0.3', 'de'],
    ['en;q=0.5, de;q=0.5', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
    ['fr, *;q=0.1', 'en'],
    ['de;q=0', 'en'],
    ['de;q=0, *', 'en'],
    ['en;q=0, de;q=0', 'en'],
    ['de;q=abc', 'en'],
    ['den', 'en'],
    ['\u00a0de', 'en'],
    [';;;,,,=', 'en'],
    ['__proto__, constructor', 'en'],
    [`de,${'x'.repeat(1000)}`, 'en'],
  ]
  for (const [header, language] of wanted) {
    test(`W-22: ${JSON.stringify(header?.slice(0, 50) ?? 'no header')} is answered in ${language}`, () => {
      const headers = header === undefined ? {} : { 'accept-language': header }
      assert.equal(textsFor({ headers }).language, language)
    })
  }
})

describe('what the catalogues say', () => {
  test('W-22: every error has a German title and sentence, and the English ones are those of the errors', () => {
    for (const code of CODES) {
      const spec: ErrorSpec = ERRORS[code]
      assert.deepEqual(ENGLISH.error(code), { title: spec.title, text: spec.public })
      const { title, text } = GERMAN.error(code)
      assert.ok(title.length > 2 && title !== spec.title, code)
      assert.ok(text.endsWith('.') && text !== spec.public, code)
    }
  })

  test('W-22: all refusals of the check table look alike in German too', () => {
    const sentences = CODES.filter((code) => code.startsWith('SAML_')).map((code) => JSON.stringify(GERMAN.error(code)))
    assert.equal(new Set(sentences).size, 1)
  })

  test('W-22: German is written with umlauts, addresses the reader as Sie, and shares next to no text with English', () => {
    const [german, english] = [leaves(GERMAN), leaves(ENGLISH)]
    assert.deepEqual([...german.keys()].toSorted(), [...english.keys()].toSorted())
    const same = [...german].filter(([place, text]) => english.get(place) === text).map(([place]) => place)
    assert.deepEqual(same, ['session.rows.name', 'session.end'])
    const all = [...german.values(), ...CODES.map((code) => Object.values(GERMAN.error(code)).join(' '))].join('\n')
    assert.doesNotMatch(all, /\b\w*(?:fuer|ueber|zurueck|koenn|moeg|waehl|schluess|aender|loesch|gehoer|pruef)\w*/i)
    assert.doesNotMatch(all, /\b(?:du|dich|dir|dein\w*)\b/)
  })
})

describe('answers', () => {
  const respond = responder({ secure: false })
  let server: Server
  before(() => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
      const reference = 'ABCD-EFGH'
      if (pathname === '/error') {
        const code = searchParams.get('code') as ErrorCode
        respond.error(request, response, code, { reference, signInUrl: '/in?a=1&b=Größe', headers: { Vary: 'Cookie' } })
      } else if (pathname === '/status')
        respond.status(request, response, Number(searchParams.get('status')), { reference })
      else
        respond.page(request, response, (texts) => ({
          title: texts.signOut.title,
          body: html`<p>${'Jürgen <Müller>'}</p>`,
        }))
    })
  })
  after(() => server.close())
  const ask = (path: string, language: string, accept = 'text/html') =>
    supertest(server).get(path).set('Accept', accept).set('Accept-Language', language)

  for (const [language, texts] of [
    ['en', ENGLISH],
    ['de', GERMAN],
  ] as const) {
    test(`W-22: an error is a page in ${language}, says so, and depends on what was asked for`, async () => {
      for (const code of CODES) {
        const answer = await ask(`/error?code=${code}`, language)
        assert.equal(answer.status, ERRORS[code].status, code)
        assert.equal(answer.headers['content-language'], language)
        assert.equal(answer.headers['vary'], 'Cookie, Accept-Language')
        assert.match(answer.text, new RegExp(`^<!doctype html>\n<html lang="${language}">`))
        const { title, text } = texts.error(code)
        assert.ok(answer.text.includes(`<h1>${title}</h1>`), code)
        assert.ok(answer.text.includes(html`<p>${text}</p>`.html), code)
        if (code === 'NOT_FOUND') continue
        assert.ok(answer.text.includes(`>${texts.frame.signIn}</a>`))
        assert.ok(answer.text.includes(`${texts.frame.reference}: <code>ABCD-EFGH</code>`))
      }
    })

    test(`W-22: what a service answered is told in ${language}`, async () => {
      const answer = await ask('/status?status=503', language)
      assert.equal(answer.status, 503)
      assert.equal(answer.headers['content-language'], language)
      assert.ok(answer.text.includes(`<h1>${texts.serviceStatus.title(503)}</h1>`))
    })

    test(`W-22: there is one answer for what is not there in ${language}, byte for byte`, async () => {
      const answers = await Promise.all(
        ['/error?code=NOT_FOUND', '/error?code=NOT_FOUND&x=1'].map((path) => ask(path, language)),
      )
      const [one, other] = answers.map(({ text, headers }) => ({ text, headers: { ...headers, date: '' } }))
      assert.deepEqual(one, other)
    })
  }

  test('W-22: names and addresses keep their umlauts, escaped where markup would begin', async () => {
    const page = await ask('/page', 'de')
    assert.ok(page.text.includes('<p>Jürgen &lt;Müller&gt;</p>'))
    assert.equal(page.headers['content-length'], String(Buffer.byteLength(page.text)))
    const error = await ask('/error?code=SESSION_REQUIRED', 'de')
    assert.ok(error.text.includes('href="/in?a=1&amp;b=Größe"'))
  })

  test('W-22: programs are told in English, whatever language they ask for', async () => {
    const problem = await ask('/error?code=ROLE_MISSING', 'de', 'application/json')
    assert.equal(problem.headers['content-type'], 'application/problem+json')
    const { title, detail } = JSON.parse(problem.text)
    assert.deepEqual([title, detail], [ERRORS.ROLE_MISSING.title, ERRORS.ROLE_MISSING.public])
    assert.equal(problem.headers['content-language'], undefined)
    const status = await ask('/status?status=503', 'de', 'application/json')
    assert.equal(JSON.parse(status.text).title, 'Service Unavailable')
  })
})

/** Every text by its place; functions are asked for a text with made-up arguments. */
function leaves(value: unknown, place = ''): Map<string, string> {
  if (place === 'language' || place === 'error') return new Map()
  if (typeof value === 'string') return new Map([[place, value]])
  if (typeof value === 'function') return leaves(value({ now: 'A', next: 'B', host: 'h', origin: 'o' }, 'x'), place)
  if (typeof value !== 'object' || value === null) return new Map()
  if ('html' in value && typeof value.html === 'string') return new Map([[place, value.html]])
  return new Map(
    Object.entries(value).flatMap(([key, each]) => [...leaves(each, place === '' ? key : `${place}.${key}`)]),
  )
}
