import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'
import { AppError } from '../../../../src/core/errors.ts'
import { verifyPool } from '../../../../src/signin/saml/verify-pool.ts'
import { providersIn, verifyInput } from '../../../support/saml/judge.ts'
import { encode, messageXml } from '../../../support/saml/response.ts'

const input = verifyInput(encode(messageXml()), providersIn({}))

test('a message is verified in a thread and comes back as plain data', async () => {
  const pool = verifyPool({ threads: 1 })
  try {
    const outcome = await pool.verify(input)
    assert.equal(outcome.ok && outcome.provider, 'idp')
    assert.equal(outcome.ok && outcome.assertion.nameId?.value, 'ann@example.com')
    const refused = await pool.verify({ ...input, samlResponse: 'no' })
    assert.equal(refused.ok ? 'accepted' : refused.refusal.code, 'SAML_MALFORMED')
  } finally {
    await pool.close()
  }
})

test('a message or a form that takes too long is refused, its thread replaced, and others are verified after it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-pool-'))
  const worker = join(folder, 'worker.mjs')
  writeFileSync(
    worker,
    `export const ready = () => true
    export const verify = (input) => { while (input.samlResponse === 'slow') {} return { ok: false } }
    export const readForm = () => { for (;;); }`,
  )
  const pool = verifyPool({ threads: 1, taskMilliseconds: 2000, worker: pathToFileURL(worker) })
  try {
    const outcome = await pool.verify({ ...input, samlResponse: 'slow' })
    assert.equal(outcome.ok ? 'accepted' : outcome.refusal.code, 'SAML_TOO_LARGE')
    assert.deepEqual(await pool.verify(input), { ok: false })
    const reading = await pool.readForm(Buffer.alloc(100_000))
    const received = 'a form that is not read within 2 s'
    assert.deepEqual(reading, { ok: false, problem: { code: 'SAML_TOO_LARGE', received } })
    assert.deepEqual(await pool.verify(input), { ok: false })
  } finally {
    await pool.close()
    rmSync(folder, { recursive: true })
  }
})

test('when 64 messages wait the next is turned away with Retry-After', async () => {
  const pool = verifyPool({ threads: 1 })
  try {
    const outcomes = await Promise.allSettled(Array.from({ length: 70 }, () => pool.verify(input)))
    const turnedAway = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    assert.equal(turnedAway.length, 5)
    for (const reason of turnedAway) {
      assert.ok(reason instanceof AppError)
      assert.equal(reason.code, 'OVERLOADED')
      assert.deepEqual(reason.headers, { 'Retry-After': '1' })
    }
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected' || outcome.value.ok))
  } finally {
    await pool.close()
  }
})
