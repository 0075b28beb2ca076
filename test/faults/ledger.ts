/** What the gateway has acknowledged, and what of it is not true any more. */

import { echoed } from '../support/echo-upstream.ts'
import type { FaultHouse, SignIn } from './house.ts'

export interface Ledger {
  /** Acknowledged and not ended. */
  readonly live: SignIn[]
  /** Acknowledged as ended. */
  readonly ended: SignIn[]
  /** The provider answered, but whether the gateway took the answer nobody knows. */
  readonly unsure: SignIn[]
  /** Account → its roles and whether it is enabled, as last acknowledged. */
  readonly accounts: Map<string, Account>
  /** Accounts with a change under way when the process died: either state is right. */
  readonly unsureAccounts: Set<string>
}

export interface Account {
  readonly roles: readonly string[]
  readonly enabled: boolean
}

/** Each list is empty when nothing was lost. */
export interface Losses {
  /** Acknowledged sessions that are not served, and directory changes that are not there. */
  readonly missing: readonly string[]
  /** Ended sessions that are served. */
  readonly revived: readonly string[]
  /** Answers of the provider that were taken twice. */
  readonly replayed: readonly string[]
  /** Breaks in the chains of the audit, and changes that reached the service without a record. */
  readonly unrecorded: readonly string[]
}

/** How many sessions and answers of earlier rounds are looked at again. */
const LOOKED_BACK = 12

export function emptyLedger(): Ledger {
  return { live: [], ended: [], unsure: [], accounts: new Map(), unsureAccounts: new Set() }
}

/** Compares a gateway that runs again with the ledger. */
export async function lossesOf(house: FaultHouse, ledger: Ledger): Promise<Losses> {
  const [live, ended] = [ledger.live.slice(-LOOKED_BACK), ledger.ended.slice(-LOOKED_BACK)]
  const served = async ({ session = '' }: SignIn) => (await house.ask('/app/look', session)) === 200
  const missing = await only(live, async (each) => !(await served(each)))
  const revived = await only(ended, served)
  const replayed = await replays(house, [...live, ...ended], ledger.unsure)
  return {
    missing: [...missing.map(() => 'session'), ...(await missingChanges(house, ledger))],
    revived: revived.map(() => 'session'),
    replayed,
    unrecorded: [...(await breaks(house)), ...(await unrecorded(house))],
  }
}

/** An answer that nobody knows of may be taken once; every other has been. */
async function replays(
  house: FaultHouse,
  used: readonly SignIn[],
  unsure: readonly SignIn[],
): Promise<readonly string[]> {
  const taken: string[] = []
  const take = async (answer: SignIn) => (await house.postAnswer(answer))?.length !== 0
  for (const answer of unsure) await house.postAnswer(answer)
  for (const answer of [...used, ...unsure]) if (await take(answer)) taken.push('answer')
  return taken
}

async function breaks(house: FaultHouse): Promise<readonly string[]> {
  const { code, stdout, stderr } = await house.run('audit', 'verify')
  return code === 0 ? [] : [`${code} ${stdout}${stderr}`.replaceAll('\n', ' ')]
}

/** What the service was sent by POST must have been recorded before, however soon the gateway was killed after it. */
async function unrecorded(house: FaultHouse): Promise<readonly string[]> {
  const { stdout, stderr } = await house.run('audit', 'export')
  if (stdout === '') throw new Error(`the audit cannot be exported: ${stderr}`)
  const requests = house.upstream.seen.filter(({ method }) => method === 'POST')
  const ids = requests.flatMap((seen) => echoed(seen, 'x-gatehouse-request-id'))
  return ids.filter((id) => !stdout.includes(id)).map(() => 'change without a record')
}

async function missingChanges(house: FaultHouse, { accounts, unsureAccounts }: Ledger): Promise<readonly string[]> {
  const { stdout, stderr } = await house.run('operators', 'list')
  if (stdout === '') throw new Error(`the directory cannot be listed: ${stderr}`)
  const listed: { account: string; enabled: boolean; roles: { name: string }[] }[] = JSON.parse(stdout)
  const known = new Map(
    listed.map(({ account, enabled, roles }) => [account, describe({ roles: roles.map(({ name }) => name), enabled })]),
  )
  return [...accounts]
    .filter(([account]) => !unsureAccounts.has(account))
    .filter(([account, wanted]) => known.get(account) !== describe(wanted))
    .map(([account, wanted]) => `${account}: ${known.get(account)} instead of ${describe(wanted)}`)
}

function describe({ roles, enabled }: Account): string {
  return `${enabled ? 'enabled' : 'disabled'} ${roles.toSorted().join()}`
}

async function only<Value>(
  values: readonly Value[],
  holds: (value: Value) => Promise<boolean>,
): Promise<readonly Value[]> {
  const judged = await Promise.all(values.map(async (value) => ({ value, held: await holds(value) })))
  return judged.filter(({ held }) => held).map(({ value }) => value)
}
