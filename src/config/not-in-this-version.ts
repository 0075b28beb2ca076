/**
 * What the configuration can say but this version cannot do. One row a refusal: a version that can do it deletes the row.
 */

import { type Finding, isSection, isWithin, type KeyPath } from './problem.ts'
import { isRedisUrl } from './redis-url.ts'

interface Refusal {
  /** `[]` stands for every entry of a list, or the value itself where no list stands; `*` for every key of a map. */
  readonly key: string
  /** `section` is what holds the key. */
  readonly refuses: (value: unknown, section: unknown) => boolean
  /** What this version takes instead. */
  readonly allowed: string
  /** The part of the file that the refusal speaks for: other findings there are dropped. Absent: the key itself. */
  readonly covers?: string
}

const EMBEDDED: readonly unknown[] = ['sqlite', 'memory']

const REFUSALS: readonly Refusal[] = [
  { key: 'stores.directory', refuses: isOtherStore, allowed: 'sqlite or memory' },
  {
    key: 'stores.sessions',
    refuses: (value) => isOtherStore(value) && !isRedisUrl(value),
    allowed: 'sqlite, memory or a URL that begins redis:, rediss:, redis+sentinel: or redis+cluster:',
  },
  { key: 'stores.sessions', refuses: isMixOfStores, allowed: 'a redis URL or the same store as stores.directory' },
  { key: 'admin.publicUrl', refuses: isSet, allowed: 'null' },
  { key: 'admin.listen', refuses: isSet, allowed: 'null' },
  { key: 'localSignIn.enabled', refuses: (value) => String(value) === 'true', allowed: 'false' },
]

export interface Refused {
  readonly findings: readonly Finding[]
  /** Whether a refusal already speaks for what stands at `path`. */
  readonly covers: (path: KeyPath) => boolean
}

/** The refusals that `content`, the file with its values filled in, meets. */
export function findRefusals(content: unknown): Refused {
  const met = REFUSALS.flatMap(({ key, refuses, allowed, covers }) =>
    placesOf(key, content)
      .filter(({ value, section }) => refuses(value, section))
      .map(({ path }) => ({
        path,
        message: `is not in this version; must be ${allowed}`,
        covered: coveredBy(path, covers),
      })),
  )
  return {
    findings: met.map(({ path, message }) => ({ path, message })),
    covers: (path) => met.some(({ covered }) => isWithin(path, covered)),
  }
}

/** As many leading parts of `path` as `covers` has. */
function coveredBy(path: KeyPath, covers: string | undefined): KeyPath {
  return covers === undefined ? path : path.slice(0, partsOf(covers).length)
}

interface Place {
  readonly path: KeyPath
  readonly value: unknown
  readonly section: unknown
}

function placesOf(key: string, content: unknown): readonly Place[] {
  return partsOf(key).reduce<readonly Place[]>(
    (places, part) => places.flatMap((place) => step(place, part)),
    [{ path: [], value: content, section: undefined }],
  )
}

function partsOf(key: string): readonly string[] {
  return key.replaceAll('[]', '.[]').split('.')
}

function step({ path, value, section }: Place, part: string): readonly Place[] {
  if (part === '[]') {
    if (!Array.isArray(value)) return [{ path, value, section }]
    return value.map((entry, index) => ({ path: [...path, index], value: entry, section }))
  }
  if (!isSection(value)) return []
  const keys = part === '*' ? Object.keys(value) : [part]
  return keys.map((key) => ({
    path: [...path, key],
    value: Object.hasOwn(value, key) ? value[key] : undefined,
    section: value,
  }))
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isOtherStore(value: unknown): boolean {
  return typeof value === 'string' && !EMBEDDED.includes(value)
}

function isMixOfStores(value: unknown, section: unknown): boolean {
  const sessions = value ?? 'sqlite'
  const directory = (isSection(section) ? section['directory'] : undefined) ?? 'sqlite'
  return sessions !== directory && EMBEDDED.includes(sessions) && EMBEDDED.includes(directory)
}
