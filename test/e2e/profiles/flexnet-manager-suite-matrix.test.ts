/** FlexNet Manager Suite, every area in every data scope: what a whole gateway answers, cell by cell. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import { listen } from '../../support/echo-upstream.ts'
import { openHouse, signIn } from '../../support/house.ts'
import { matrix } from '../../support/licence-gateway.ts'
import { applyDirectory, cookieHeader, OTTO } from '../../support/steps.ts'

const PROFILE = 'flexnet-manager-suite'
const ROLES = ['view-only', 'operator', 'administrator'] as const
const METHODS = ['GET', 'PUT', 'DELETE'] as const

const level = z.enum(['none', 'read', 'all'])
const statuses = z.tuple([z.number(), z.number(), z.number()])
const names = z.array(z.string())
const MATRIX = z
  .strictObject({
    pages: names,
    objects: z.record(z.string(), z.string()),
    areas: z.record(z.string(), z.tuple([level, level, level])),
    places: z.record(z.string(), names.nullable()),
    scopes: z.record(z.string(), z.strictObject({ of: names.nullable(), holds: names, locations: names })),
    alone: names,
    together: z.array(z.array(z.tuple([z.enum(ROLES), z.string()]))),
    deleted: names,
    answers: z.strictObject({ all: statuses, read: statuses, outside: statuses, none: statuses }),
    made: z.strictObject({ here: z.number(), elsewhere: z.number(), never: z.number() }),
  })
  .parse(matrix(PROFILE))

const PLACES = Object.keys(MATRIX.places)
type Level = keyof typeof MATRIX.answers
type Held = readonly (readonly [role: (typeof ROLES)[number], scope: string])[]
type Cell = readonly [line: string, status: number, more?: { body?: object; shows?: readonly string[] }]

const EVERYBODY: readonly Held[] = [
  ...ROLES.flatMap((role) => MATRIX.alone.map((name): Held => [[role, name]])),
  ...MATRIX.together,
]

const scopeOf = (name: string) => MATRIX.scopes[name] ?? assert.fail(name)

/** The part of `held` that is for the area. */
function inArea(area: string, held: Held, levels: readonly Level[]): Held {
  const row = MATRIX.areas[area] ?? assert.fail(area)
  return held.filter(([role]) => levels.includes(row[ROLES.indexOf(role)] ?? 'none'))
}

/** What those of `held` that hold somewhere come to there. */
function levelOf(area: string, held: Held, holds: (scope: string) => boolean): Level {
  const here = held.filter(([, name]) => holds(name))
  if (inArea(area, here, ['all']).length > 0) return 'all'
  if (inArea(area, here, ['read']).length > 0) return 'read'
  return inArea(area, held, ['read', 'all']).length > 0 ? 'outside' : 'none'
}

function cellAt(method: (typeof METHODS)[number], path: string, at: Level): Cell {
  return [`${method} /Suite/${path}`, MATRIX.answers[at][METHODS.indexOf(method)] ?? assert.fail()]
}

function cellsOfPage(area: string, held: Held): readonly Cell[] {
  const everywhere = levelOf(area, held, () => true)
  return [cellAt('GET', area, everywhere), cellAt('PUT', `${area}/1/detail`, everywhere)]
}

function cellsOfObjects(area: string, held: Held): readonly Cell[] {
  const at = (place: string) => levelOf(area, held, (name) => scopeOf(name).holds.includes(place))
  const shows = PLACES.filter((place) => ['read', 'all'].includes(at(place)))
  const list: Cell = [`GET /Suite/${area}`, at('') === 'none' ? 404 : 200, at('') === 'none' ? {} : { shows }]
  const making = inArea(area, held, ['all'])
  const made = scopeOf('everywhere').locations.map((location): Cell => {
    const here = making.some(([, name]) => scopeOf(name).locations.includes(location))
    const which = here ? 'here' : making.length > 0 ? 'elsewhere' : 'never'
    return [`POST /Suite/${area}`, MATRIX.made[which], { body: { location } }]
  })
  const about = PLACES.flatMap((place) => {
    const methods = METHODS.filter((method) => method !== 'DELETE' || MATRIX.deleted.includes(place))
    return methods.map((method) => cellAt(method, `${area}/${place}`, at(place)))
  })
  return [...about, list, ...made]
}

function list(shown: readonly string[] | undefined): object {
  return shown === undefined ? {} : { items: shown.map((id) => ({ id })), total: shown.length }
}

describe('every area of FlexNet Manager Suite in every data scope', async () => {
  let made = 0
  const suite = createServer((req, res) => {
    const status = { POST: 201, DELETE: 409 }[req.method ?? ''] ?? 200
    const [, , , id] = (req.url ?? '').split('/')
    made += 1
    const body = req.method === 'POST' ? { id: `made-${made}` } : id === undefined ? list(PLACES) : { id }
    res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  const service = { id: 'fnms', profile: PROFILE, match: { path: '/fnms/' }, upstream: await listen(suite) }
  const house = await openHouse({ top: { services: [service] } })
  after(async () => {
    await house.close()
    suite.closeAllConnections()
    suite.close()
  })

  const objects = Object.values(MATRIX.objects).flatMap((type) =>
    Object.entries(MATRIX.places).flatMap(([id, parents]) =>
      parents === null ? [] : [{ service: 'fnms', type, id, parents }],
    ),
  )
  const operators = EVERYBODY.map((held, index) => ({
    account: `n${index}@demo.example`,
    roles: held.map(([role, name]) => ({
      role: `${PROFILE}:${role}`,
      service: 'fnms',
      scope: scopeOf(name).of?.map((object) => ({ object, children: true })) ?? null,
    })),
  }))
  const berlin = { service: 'fnms', type: 'location', id: 'berlin', parents: ['location:emea'] }
  await applyDirectory(house, { operators, objects: [berlin, ...objects] })

  for (const [index, held] of EVERYBODY.entries()) {
    const title = held.map(([role, name]) => `${role} for ${name}`).join(' and ')
    test(`N-12, N-13: ${title}`, async () => {
      const visitor = house.browser()
      house.provider.answer({ overrides: { account: `n${index}@demo.example`, attributes: [] } })
      await signIn(visitor, OTTO, '/fnms/Suite/licenses', house)
      const headers = { Cookie: cookieHeader(visitor), Accept: 'application/json', 'Content-Type': 'application/json' }
      async function ask([line, status, { body = {}, shows } = {}]: Cell) {
        const [method = '', path = ''] = line.split(' ')
        const sent = method === 'GET' ? {} : { body: JSON.stringify(body) }
        const reply = await fetch(`${house.url}/fnms${path}`, { method, headers, ...sent })
        const text = await reply.text()
        const cell = { line, body, status: reply.status }
        return {
          asked: shows ? { ...cell, ...JSON.parse(text) } : cell,
          expected: { line, body, status, ...list(shows) },
        }
      }
      const answers = await Promise.all(
        [
          ...MATRIX.pages.flatMap((area) => cellsOfPage(area, held)),
          ...Object.keys(MATRIX.objects).flatMap((area) => cellsOfObjects(area, held)),
        ].map(ask),
      )
      assert.deepEqual(
        answers.map(({ asked }) => asked),
        answers.map(({ expected }) => expected),
      )
    })
  }
})
