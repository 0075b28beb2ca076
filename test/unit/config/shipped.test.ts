import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { configJsonSchema } from '../../../src/config/json-schema.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { configSchema } from '../../../src/config/schema.ts'
import { clock, file, loaded, provider, service } from './support.ts'

const root = join(import.meta.dirname, '../../..')
const shipped = await readFile(join(root, 'config/gatehouse.yaml'), 'utf8')
const reference = await readFile(join(root, 'docs/configuration.md'), 'utf8')
const checks = {
  profile: () => null,
  settings: () => [],
  guests: () => true,
  metadata: () => [],
  entityId: () => undefined,
}

test('The shipped file loads', async () => {
  const result = await loadConfig({ file: join(root, 'config/gatehouse.yaml'), env: {}, clock, checks })
  assert.ok(result.ok, JSON.stringify(result))
  assert.equal(result.value.publicUrl.origin, 'http://localhost:8080')
  assert.equal(result.value.dataDir, join(root, 'data'))
})

test('The commented settings of the shipped file are the defaults', async () => {
  const uncommented = shipped
    .split('\n')
    .map((line) => line.replace(/^# ?(?=(?: {2}[a-zA-Z]+|[a-zA-Z]+): ?(?:$|[^ ].*[\]}0-9a-z]$))/, ''))
    .filter((line) => !line.startsWith('#'))
    .join('\n')
  assert.ok(Object.keys(parse(uncommented)).length === Object.keys(configSchema.shape).length, uncommented)
  const { hash, fromFile, file: _, ...config } = await loaded(uncommented)
  const { hash: plainHash, fromFile: few, file: __, ...plain } = await loaded({ publicUrl: 'http://localhost:8080' })
  assert.deepEqual({ ...config, dataDir: '' }, { ...plain, dataDir: '' })
})

test('The commented provider and service of the shipped file are the defaults', async () => {
  const entries = (section: string) => {
    const [, after = ''] = shipped.split(`\n${section}: []\n`)
    const lines = after.split('\n')
    const end = lines.findIndex((line) => !line.startsWith('#  '))
    return parse(
      lines
        .slice(0, end === -1 ? undefined : end)
        .map((line) => line.slice(1))
        .join('\n'),
    )
  }
  const files = { 'idps/okta.xml': '<xml/>' }
  const written = { identityProviders: entries('identityProviders'), services: entries('services') }
  const config = await loaded(file(written), { files })
  const plain = await loaded(
    file({
      identityProviders: [provider({ metadata: { file: 'idps/okta.xml' } })],
      services: [service({ id: 'licence-server', profile: 'flexnet-license-server' })],
    }),
    { files },
  )
  const place = /\/[^"]*\/idps/
  assert.deepEqual(
    JSON.parse(JSON.stringify(config.identityProviders).replace(place, '')),
    JSON.parse(JSON.stringify(plain.identityProviders).replace(place, '')),
  )
  assert.deepEqual(config.services, plain.services)
  const providerShape = configSchema.shape.identityProviders.unwrap().element.shape
  const serviceShape = configSchema.shape.services.unwrap().element.shape
  assert.deepEqual(Object.keys(written.identityProviders[0]).toSorted(), Object.keys(providerShape).toSorted())
  assert.deepEqual(Object.keys(written.services[0]).toSorted(), Object.keys(serviceShape).toSorted())
})

test('The JSON Schema in config/ is up to date', async () => {
  assert.equal(await readFile(join(root, 'config/gatehouse.schema.json'), 'utf8'), configJsonSchema())
})

test('The JSON Schema accepts the shipped file and substituted values, and refuses what is wrong', () => {
  const schema = z.fromJSONSchema(JSON.parse(configJsonSchema()))
  const fits = (content: unknown) => schema.safeParse(content).success
  assert.ok(fits(parse(shipped)))
  assert.ok(fits(file({ listen: { port: `\${PORT}` }, identityProviders: [provider()], services: [service()] })))
  assert.ok(!fits(file({ listen: { port: 'many' } })))
  assert.ok(!fits(file({ colour: 'red' })))
  assert.ok(!fits({}))
})

test('The reference names every key', () => {
  const missing = keysOf(configSchema, '').filter((key) => !reference.includes(`\`${key}\``))
  assert.deepEqual(missing, [])
})

/** Keys as the reference names them: those of providers and services count from their entry. */
function keysOf(schema: z.core.$ZodType, prefix: string): readonly string[] {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault) return keysOf(schema.unwrap(), prefix)
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodObject && !prefix.includes('.')) {
    return [prefix, ...keysOf(schema.element, '')]
  }
  if (!(schema instanceof z.ZodObject)) return [prefix]
  return Object.entries(schema.shape).flatMap(([key, inner]) => keysOf(inner, prefix === '' ? key : `${prefix}.${key}`))
}
