/** A full disk, a folder that became read-only, files that are damaged, foreign or newer: said in one line, nothing lost. */

import { spawnSync } from 'node:child_process'
import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Figure, Soak } from '../soak/soak.ts'
import { ADMIN, damageOf, type FaultHouse, openFaultHouse } from './house.ts'

const PAGE = 4096

/** Needs the right to mount; what cannot be done is named as left out. */
export const storage: Soak = async () => [...(await smallDisk()), ...(await badFiles())]

/** A figure that says whether something was so. */
export function held(what: string, isSo: boolean, otherwise: string | number = ''): Figure {
  return { what, value: isSo ? 'yes' : `no ${otherwise}`.trim(), limit: 'yes', kept: isSo }
}

async function smallDisk(): Promise<readonly Figure[]> {
  const house = await openFaultHouse()
  const data = join(house.folder, 'data')
  if (!mount(['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', data])) {
    await house.close()
    return [{ what: 'full disk, read-only folder', value: 'left out: no right to mount' }]
  }
  try {
    return [...(await fullDisk(house, data)), ...(await readOnly(house, data))]
  } finally {
    await house.close().catch(() => {})
    spawnSync('umount', ['--lazy', data])
    await rm(house.folder, { recursive: true, force: true })
  }
}

function mount(args: readonly string[]): boolean {
  return spawnSync('mount', [...args], { stdio: 'ignore' }).status === 0
}

async function fullDisk(house: FaultHouse, data: string): Promise<readonly Figure[]> {
  const { running } = await house.start()
  const known = await house.signInOnce()
  const session = known.session ?? ''
  const filler = join(data, 'filler')
  await fill(filler)
  // What the log has room for is still taken; then it is full.
  let refused = await house.postAnswer(known)
  const statuses: number[] = []
  for (let index = 0; index < 200 && refused !== undefined; index += 1) {
    await fill(filler)
    const { session: made } = await house.signInOnce()
    if (made === undefined) refused = undefined
    statuses.push(await house.ask('/app/x', made ?? session))
  }
  const served = await house.ask('/app/x', session)
  const kept = (await house.ask('/.gatehouse/logout', session, 'POST')) === 503
  const still = await house.ask('/app/x', session)
  await rm(filler)
  const back = await house.signInOnce()
  const replayed = await house.postAnswer(known)
  running.signal('SIGKILL')
  await running.ended
  const damage = damageOf(house)
  await fill(filler)
  const start = await house.refusedStart()
  await rm(filler)
  const again = await house.start()
  const afterwards = await house.ask('/app/x', back.session ?? '')
  again.running.signal('SIGTERM')
  await again.running.ended
  return [
    held('full disk: a sign-in is refused, not half done', refused === undefined),
    held('full disk: a known session is served', served === 200, served),
    held('full disk: a sign-out that cannot be kept is 503, and the session goes on', kept && still === 200, still),
    held('full disk: with room again, a sign-in works without a restart', back.session !== undefined),
    held('full disk: no answer is taken twice', replayed?.length === 0),
    held('full disk: the store is whole', damage === '', damage),
    oneLine('full disk: a start is refused in one line, or works', start, [0, 2]),
    held('full disk: sessions are there after a restart', afterwards === 200, afterwards),
  ]
}

/** Takes what room there is. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, 'a')
  try {
    for (const size of [256 * 1024, PAGE, 512]) {
      while ((await handle.write(Buffer.alloc(size, 1)).catch(() => undefined)) !== undefined);
    }
  } finally {
    await handle.close().catch(() => {})
  }
}

async function readOnly(house: FaultHouse, data: string): Promise<readonly Figure[]> {
  const { running } = await house.start()
  running.signal('SIGTERM')
  await running.ended
  if (!mount(['-o', 'remount,ro', data])) return [{ what: 'read-only folder', value: 'left out' }]
  const { code, stderr } = await house.refusedStart()
  const command = await house.run('operators', 'create', 'x@example.com')
  mount(['-o', 'remount,rw', data])
  const again = await house.start()
  again.running.signal('SIGTERM')
  await again.running.ended
  return [
    oneLine('read-only folder: a start is refused in one line, exit 2', { code, stderr }, [2]),
    oneLine('read-only folder: a command is refused in one line, exit 2', command, [2]),
  ]
}

function oneLine(
  what: string,
  { code, stderr }: { code: number | null; stderr: string },
  codes: readonly number[],
): Figure {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  return held(what, codes.includes(code ?? -1) && lines.length <= 1, `exit ${code}: ${stderr.slice(0, 300)}`)
}

/** What is done to the file, and what the refusal says; null: a start may also succeed, and what is damaged is then refused in use. */
const DAMAGES: readonly { name: string; spoil: (file: string) => Promise<void>; says: RegExp | null }[] = [
  { name: 'a header that is overwritten', spoil: (file) => overwrite(file, 0, 100), says: /is not a SQLite database/ },
  { name: 'the first page overwritten', spoil: (file) => overwrite(file, 100, PAGE - 100), says: /malformed|damaged/ },
  { name: 'pages in the middle overwritten', spoil: (file) => overwrite(file, 8 * PAGE, 12 * PAGE), says: null },
  { name: 'a file cut in the middle', spoil: (file) => truncate(file, 5 * PAGE), says: null },
  {
    name: 'a text file',
    spoil: (file) => writeFile(file, 'not a database\n'.repeat(999)),
    says: /is not a SQLite database/,
  },
  {
    name: 'a database of another program',
    spoil: (file) => sql(file, 'pragma application_id = 7'),
    says: /another program/,
  },
  {
    name: 'a schema of a newer version',
    spoil: (file) => sql(file, "insert into kysely_migration values ('9999-x', '2030')"),
    says: /written by a newer version/,
  },
]

async function badFiles(): Promise<readonly Figure[]> {
  const house = await openFaultHouse()
  const file = join(house.folder, 'data/gatehouse.db')
  try {
    const { running } = await house.start()
    const { session = '' } = await house.signInOnce()
    running.signal('SIGTERM')
    await running.ended
    const whole = await readFile(file)
    const figures: Figure[] = []
    for (const damage of DAMAGES) {
      await damage.spoil(file)
      figures.push(await judge(house, damage, session))
      for (const end of ['-wal', '-shm']) await rm(file + end, { force: true })
      await writeFile(file, whole)
    }
    return [...figures, held('the file put back serves its sessions', await servedAgain(house, session))]
  } finally {
    await house.close()
  }
}

async function judge(house: FaultHouse, { name, says }: (typeof DAMAGES)[number], session: string): Promise<Figure> {
  const started = await house.start().catch(() => undefined)
  if (started === undefined) {
    const ended = await house.refusedStart()
    const figure = oneLine(`${name}: refused in one line, exit 2`, ended, [2])
    return says === null || says.test(ended.stderr) ? figure : held(figure.what, false, ended.stderr.slice(0, 300))
  }
  // Whatever is read is right, or an error: nobody is let in by a damaged page, and nothing is forgotten silently.
  const known = await house.ask('/app/x', session)
  const listed = await house.run('operators', 'list')
  started.running.signal('SIGTERM')
  const { stderr } = await started.running.ended
  const right = known === 200 && listed.stdout.includes(ADMIN.account)
  const said = /malformed|SQLITE_CORRUPT/.test(stderr + listed.stderr)
  return held(`${name}: refused, or said in use`, says === null && (right || said), `${known} ${listed.stderr}`)
}

async function servedAgain(house: FaultHouse, session: string): Promise<boolean> {
  const { running } = await house.start()
  const status = await house.ask('/app/x', session)
  running.signal('SIGTERM')
  await running.ended
  return status === 200
}

async function overwrite(file: string, from: number, length: number): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(length, 0xa5), 0, length, from)
  await handle.close()
}

async function sql(file: string, text: string): Promise<void> {
  new Database(file).exec(text).close()
}
