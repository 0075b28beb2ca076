/** The rooms of src, which of them may import values of which, and cycles between files. */

import { COMPUTED, type Import, importsOf } from './imports.ts'
import type { Source } from './source.ts'

/** Room → rooms whose values it may import. Types are free: they are erased. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ['core'],
  profiles: ['core'],
  signin: ['core', 'http', 'session', 'directory', 'audit'],
  session: ['core'],
  authz: ['core', 'profiles'],
  directory: ['core', 'authz', 'profiles', 'audit'],
  gateway: ['core', 'session', 'authz', 'profiles', 'audit', 'http', 'upstream'],
  upstream: ['core'],
  admin: ['core', 'http', 'directory', 'authz', 'profiles', 'session', 'signin', 'audit'],
  audit: ['core'],
  store: ['core'],
  http: ['core'],
  demo: ['core'],
}

/** The command and the files of src itself (composition root, process, start) may import everything but the demo. */
const FREE = ['cli', 'src']

/** One line per import of a value that the table does not allow. */
export function importsBeyondTheTable(sources: readonly Source[]): readonly string[] {
  return loaded(sources).flatMap(({ from, file, place, specifier }) => {
    if (specifier === COMPUTED) return [`${place} imports a path that is computed`]
    if (file === undefined) return []
    if (!file.startsWith('src/')) return [`${place} imports ${file}, which is outside src`]
    const [room, other] = [roomOf(from.path), roomOf(file)]
    if (room === other || other === 'demo' || FREE.includes(room)) return []
    const allowed = MAY_IMPORT[room]
    if (allowed === undefined) return [`${place}: the room ${room} is not in the table`]
    return allowed.includes(other) ? [] : [`${place} imports ${specifier}: ${room} may not import values of ${other}`]
  })
}

/** One line per import of the demo by anything but itself and an `import()` of the command. */
export function importsOfTheDemo(sources: readonly Source[]): readonly string[] {
  return loaded(sources)
    .filter(({ file }) => file !== undefined && roomOf(file) === 'demo')
    .filter(({ from, kind }) => roomOf(from.path) !== 'demo' && !(roomOf(from.path) === 'cli' && kind === 'dynamic'))
    .map(({ place, specifier }) => `${place} imports ${specifier}`)
}

/** One line per cycle of imported values: the files along it. A module that runs in another thread is not imported. */
export function importCycles(sources: readonly Source[]): readonly string[] {
  const edges = new Map(sources.map((each) => [each.path, filesLoadedBy(each)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return cycles
}

/** One line per import of a file that is not there. */
export function importsOfMissingFiles(sources: readonly Source[]): readonly string[] {
  const present = new Set(sources.map(({ path }) => path))
  return sources
    .flatMap(importsOf)
    .filter(({ file }) => file !== undefined && !present.has(file))
    .map(({ place, specifier }) => `${place} imports ${specifier}, which is not there`)
}

function loaded(sources: readonly Source[]): readonly Import[] {
  return sources.flatMap(importsOf).filter(({ kind }) => kind !== 'type')
}

function filesLoadedBy(from: Source): readonly string[] {
  return importsOf(from).flatMap(({ kind, file }) =>
    file === undefined || kind === 'type' || kind === 'thread' ? [] : [file],
  )
}

/** The folder below src, or `src` for the files of src itself. */
function roomOf(path: string): string {
  return path.split('/').slice(0, -1)[1] ?? 'src'
}
