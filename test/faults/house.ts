/** What the fault scripts share: a gateway process that they may kill, slow down or starve, and people who use it. */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { DEMO_ACCOUNTS, type DemoAccount } from '../../src/demo/accounts.ts'
import { openProcessHouse, type ProcessHouse } from '../processes/gateway/house.ts'
import { type Browser, browser, type Page } from '../support/browser.ts'
import { type Ended, eventually, type Running, startGatehouse } from '../support/process.ts'
import { cookieHeader, messageOn } from '../support/steps.ts'

const [FIRST] = DEMO_ACCOUNTS
if (FIRST === undefined) throw new Error('the demo has no account')

/** An administrator by his provider's word. */
export const ADMIN: DemoAccount = FIRST

/** A sign-in that the provider has answered, and what became of it. */
export interface SignIn {
  /** Cookie header that the answer was posted with. */
  readonly state: string
  readonly fields: Readonly<Record<string, string>>
  /** Cookie header of the session; undefined when nobody acknowledged it. */
  session: string | undefined
}

export interface FaultHouse extends ProcessHouse {
  /** Starts the gateway in an environment; resolves once it is ready, with how many milliseconds that took. */
  start(env?: Readonly<Record<string, string>>): Promise<{ running: Running; took: number }>
  /** Starts a gateway that is meant not to start. */
  refusedStart(env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Goes to the provider and back; a gateway that dies on the way leaves `session` undefined. */
  signInOnce(): Promise<SignIn>
  /** Status of a request with these cookies; 0 when there is no answer. */
  ask(path: string, cookie: string, method?: string): Promise<number>
  /** Posts a provider's answer, perhaps again; the session cookies it was answered with, or undefined without an answer. */
  postAnswer(answer: Pick<SignIn, 'state' | 'fields'>): Promise<readonly string[] | undefined>
}

/** The house; nothing runs yet. */
export async function openFaultHouse(top: Readonly<Record<string, unknown>> = {}): Promise<FaultHouse> {
  const demo = { id: 'demo', metadata: { file: 'idp.xml' }, adminAttribute: 'FnmsAdmin' }
  const house = await openProcessHouse({
    identityProviders: [demo],
    signIn: { startsPerMinute: 0, postsPerMinute: 0 },
    ...top,
  })
  await mkdir(join(house.folder, 'data'), { recursive: true, mode: 0o700 })
  const started: Running[] = []
  const start = (env: Readonly<Record<string, string>> = {}) => {
    const running = startGatehouse(['serve', '--config', house.configFile, '--log-level', 'warn'], { env })
    started.push(running)
    return running
  }
  const ask: FaultHouse['ask'] = async (path, cookie, method = 'GET') => {
    const options = { method, headers: { Cookie: cookie }, redirect: 'manual' } as const
    const answer = await fetch(`${house.url}${path}`, options).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => {})
    return answer?.status ?? 0
  }
  const postAnswer: FaultHouse['postAnswer'] = async ({ state, fields }) => {
    const answer = await fetch(`${house.url}/.gatehouse/saml/acs`, {
      method: 'POST',
      headers: { Cookie: state, Origin: house.provider.url },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    }).catch(() => undefined)
    return answer?.headers
      .getSetCookie()
      .filter((each) => each.startsWith('gatehouse=') && !each.includes('Max-Age=0'))
      .map((each) => each.slice(0, each.indexOf(';')))
  }
  return {
    ...house,
    ask,
    postAnswer,
    async start(env) {
      const since = performance.now()
      const running = start(env)
      const ready = async () => (await ask('/.gatehouse/readyz', '')) === 200
      await Promise.race([eventually(ready, Boolean, 30), running.ended.then(failIfEnded)])
      return { running, took: performance.now() - since }
    },
    refusedStart: (env) => start(env).ended,
    async signInOnce() {
      const { state, fields } = await answerOfProvider(house)
      const cookies = await postAnswer({ state, fields })
      return { state, fields, session: cookies?.[0] }
    },
    async close() {
      for (const each of started) each.signal('SIGKILL')
      await Promise.all(started.map(({ ended }) => ended))
      await house.close()
    },
  }
}

async function answerOfProvider(house: ProcessHouse): Promise<Pick<SignIn, 'state' | 'fields'>> {
  const visitor: Browser = browser()
  await visitor.goto(`${house.url}/app/`)
  const page: Page = await visitor.submitForm(visitor.page(), { button: ADMIN.account })
  return { state: cookieHeader(visitor), fields: { ...messageOn(page) } }
}

function failIfEnded({ stderr }: Ended): never {
  throw new Error(`the gateway did not start: ${stderr}`)
}

/** What SQLite finds wrong with the store of the house; empty when it is whole. */
export function damageOf({ folder }: Pick<ProcessHouse, 'folder'>): string {
  const db = new Database(join(folder, 'data/gatehouse.db'), { readonly: true })
  try {
    const [row] = db.pragma('integrity_check(1)') as { integrity_check: string }[]
    const loose = db.pragma('foreign_key_check') as unknown[]
    if (row?.integrity_check !== 'ok') return row?.integrity_check ?? 'no answer'
    return loose.length === 0 ? '' : 'rows refer to rows that are not there'
  } finally {
    db.close()
  }
}

/** The request ids whose permission is in the audit. */
export function recordedRequests({ folder }: Pick<ProcessHouse, 'folder'>): ReadonlySet<string> {
  const db = new Database(join(folder, 'data/gatehouse.db'), { readonly: true })
  try {
    const select = `select detail ->> 'request' from audit where event = 'request.allowed'`
    return new Set(db.prepare<[], string>(select).pluck().all())
  } finally {
    db.close()
  }
}

/** The median and the 99th percentile of durations, in milliseconds. */
export function percentiles(durations: readonly number[]): { median: number; p99: number } {
  const sorted = durations.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { median: at(0.5), p99: at(0.99) }
}
