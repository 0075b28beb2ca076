/** Kills the gateway at random moments under mixed load, starts it again, and looks for what was acknowledged. */

import { setTimeout as delay } from 'node:timers/promises'
import { withDirectory } from '../../src/cli/context.ts'
import type { Directory } from '../../src/directory/directory.ts'
import type { Figure, Soak } from '../soak/soak.ts'
import { echoed } from '../support/echo-upstream.ts'
import { eventually, type Running } from '../support/process.ts'
import { damageOf, type FaultHouse, openFaultHouse, percentiles, recordedRequests } from './house.ts'
import { type Account, emptyLedger, type Ledger, type Losses, lossesOf } from './ledger.ts'

const SHORT_ROUNDS = 8
const LONG_ROUNDS = 50
const LIVES_MS = { least: 50, most: 1200 }
/** How long every other round waits for its first sign-in, so that a slow machine has some to lose too. */
const FIRST_SIGN_IN_SECONDS = 20
const ROLE = 'web-application:user'

interface Round {
  readonly house: FaultHouse
  readonly ledger: Ledger
  /** The same code as the command, beside the gateway. */
  readonly beside: Directory
  /** What makes the names of this round unlike others. */
  readonly name: string
  /** True from the moment the process is killed. */
  readonly dead: () => boolean
}

export const kill: Soak = async ({ short }) => {
  const rounds = short ? SHORT_ROUNDS : LONG_ROUNDS
  const house = await openFaultHouse()
  try {
    const first = await house.start()
    // Opened once: it goes on writing while the gateway dies and comes back.
    const beside = withDirectory({ config: house.configFile }, ({ directory }) =>
      killAgainAndAgain({ house, beside: directory, running: first.running, rounds }),
    )
    return figuresOf(await beside)
  } finally {
    await house.close()
  }
}

interface Task {
  readonly house: FaultHouse
  readonly beside: Directory
  readonly running: Running
  readonly rounds: number
}

async function killAgainAndAgain({ house, beside, rounds, ...first }: Task): Promise<Outcome> {
  let { running } = first
  const ledger = emptyLedger()
  const found: Losses[] = []
  const recoveries: number[] = []
  const damages: string[] = []
  const broken: string[] = []
  let unsafe = 0
  for (let round = 0; round < rounds; round += 1) {
    let dead = false
    ledger.unsureAccounts.clear()
    ledger.unsure.length = 0
    const load = startLoad({ house, ledger, beside, name: `r${round}`, dead: () => dead })
    const known = ledger.live.length + ledger.ended.length
    const signedIn = async () => ledger.live.length + ledger.ended.length > known
    if (round % 2 === 1) await eventually(signedIn, Boolean, FIRST_SIGN_IN_SECONDS).catch(() => {})
    await delay(LIVES_MS.least + Math.random() * (LIVES_MS.most - LIVES_MS.least))
    running.signal('SIGKILL')
    dead = true
    unsafe += await load
    await running.ended
    const again = await house.start()
    running = again.running
    recoveries.push(again.took)
    found.push(await lossesOf(house, ledger))
    damages.push(damageOf(house))
    broken.push(...(await brokenAudit(house)))
  }
  running.signal('SIGTERM')
  await running.ended
  broken.push(...(await brokenAudit(house)))
  return { rounds, ledger, found, recoveries, damages, unsafe, broken, unrecorded: unrecordedChanges(house) }
}

/** Everything at once until the process dies; how many unsafe requests were answered. */
async function startLoad(round: Round): Promise<number> {
  const [answered] = await Promise.all([changeUpstream(round), signInAgain(round), signOut(round), changeRoles(round)])
  return answered
}

async function until(dead: () => boolean, step: (index: number) => Promise<void>): Promise<void> {
  for (let index = 0; !dead(); index += 1) await step(index)
}

/** Sign-ins that create accounts with a role, in the gateway's own transaction. */
async function signInAgain({ house, ledger, name, dead }: Round): Promise<void> {
  await until(dead, async (index) => {
    const account = `${name}-${index}@demo.example`
    house.provider.answer({ overrides: { account, attributes: [{ name: 'FnmsAdmin', values: ['true'] }] } })
    const answer = await house.signInOnce().catch(() => undefined)
    if (answer === undefined) return
    if (answer.session === undefined) ledger.unsure.push(answer)
    else {
      ledger.live.push(answer)
      ledger.accounts.set(account, { roles: ['administrator'], enabled: true })
    }
  })
}

async function signOut({ house, ledger, dead }: Round): Promise<void> {
  await until(dead, async () => {
    await delay(40)
    const [session] = ledger.live.splice(0, ledger.live.length > 3 ? 1 : 0)
    if (session === undefined) return
    const status = await house.ask('/.gatehouse/logout', session.session ?? '', 'POST')
    // Without an answer nobody knows.
    if (status !== 0) ledger.ended.push(session)
  })
}

async function changeRoles({ ledger, beside, name, dead }: Round): Promise<void> {
  const note = async (account: string, after: Account, change: () => Promise<unknown>) => {
    ledger.unsureAccounts.add(account)
    await change()
    ledger.accounts.set(account, after)
    ledger.unsureAccounts.delete(account)
  }
  await until(dead, async (index) => {
    const account = `${name}-changed-${index}@demo.example`
    const who = { account, provider: 'demo' }
    const role = { role: ROLE, service: null }
    const person = { ...who, displayName: null, roles: [] }
    await note(account, { roles: [], enabled: true }, () => beside.create(person, null))
    await note(account, { roles: [ROLE], enabled: true }, () => beside.grant(who, role, null))
    await note(account, { roles: [ROLE], enabled: false }, () => beside.disable(who, null))
    if (index % 2 === 0) await note(account, { roles: [], enabled: false }, () => beside.revoke(who, role, null))
    await delay(20)
  })
}

async function changeUpstream({ house, ledger, dead }: Round): Promise<number> {
  let answered = 0
  await until(dead, async (index) => {
    const session = ledger.live.at(-1)
    if (session === undefined) return delay(20)
    if ((await house.ask(`/app/change?n=${index}`, session.session ?? '', 'POST')) === 200) answered += 1
  })
  return answered
}

interface Outcome {
  readonly rounds: number
  readonly ledger: Ledger
  readonly found: readonly Losses[]
  readonly recoveries: readonly number[]
  readonly damages: readonly string[]
  readonly unsafe: number
  readonly broken: readonly string[]
  readonly unrecorded: readonly string[]
}

/** What `gatehouse audit verify` finds, beside the gateway. */
async function brokenAudit(house: FaultHouse): Promise<readonly string[]> {
  const { code, stdout, stderr } = await house.run('audit', 'verify', '--output', 'json')
  return code === 0 ? [] : [`exit ${code}: ${stdout}${stderr}`.replaceAll(/\s+/g, ' ')]
}

/** Request ids of changes that reached the service although the audit does not have them. */
function unrecordedChanges(house: FaultHouse): readonly string[] {
  const recorded = recordedRequests(house)
  const changes = house.upstream.seen.filter(({ method }) => method === 'POST')
  return changes.flatMap((each) => echoed(each, 'x-gatehouse-request-id')).filter((id) => !recorded.has(id))
}

function figuresOf({
  rounds,
  ledger,
  found,
  recoveries,
  damages,
  unsafe,
  broken,
  unrecorded,
}: Outcome): readonly Figure[] {
  const { median } = percentiles(recoveries)
  return [
    { what: 'rounds', value: rounds },
    { what: 'sign-ins acknowledged', value: ledger.live.length + ledger.ended.length },
    { what: 'sign-outs acknowledged', value: ledger.ended.length },
    { what: 'accounts created or changed', value: ledger.accounts.size },
    { what: 'unsafe requests forwarded', value: unsafe },
    none(
      'acknowledged changes and sessions lost',
      found.flatMap(({ missing }) => missing),
    ),
    none(
      'ended sessions served again',
      found.flatMap(({ revived }) => revived),
    ),
    none(
      'answers of the provider taken twice',
      found.flatMap(({ replayed }) => replayed),
    ),
    none(
      'breaks in the audit, and changes forwarded without a record',
      found.flatMap(({ unrecorded }) => unrecorded),
    ),
    none(
      'stores damaged',
      damages.filter((damage) => damage !== ''),
    ),
    none('unsafe requests forwarded without their record', unrecorded),
    none('verifications of the audit that failed', broken),
    { what: 'ready again, median ms', value: Math.round(median) },
    { what: 'ready again, longest ms', value: Math.round(Math.max(...recoveries)) },
  ]
}

/** A figure that must be 0; else it names what there is. */
export function none(what: string, found: readonly string[]): Figure {
  const value = found.length === 0 ? 0 : `${found.length} (${[...new Set(found)].slice(0, 3).join('; ')})`
  return { what, value, limit: '0', kept: found.length === 0 }
}
