/** Which files may import which security-critical package. */

import { importsOf } from './imports.ts'
import type { Source } from './source.ts'

interface Keeper {
  readonly package: string
  /** Where its values may be imported; a path that ends with / is a folder. */
  readonly values: readonly string[]
  /** How many files outside the demo may. */
  readonly files: number
  /** Where its types may be imported, besides. Types of the others are as free as everywhere. */
  readonly types?: readonly string[]
}

const DEMO = 'src/demo/'

/** The demo's identity provider signs and encrypts what the gateway verifies; it is not on any road of the gateway. */
export const KEEPERS: readonly Keeper[] = [
  {
    package: '@node-saml/node-saml',
    values: ['src/signin/saml/node-saml.ts'],
    files: 1,
    types: ['src/signin/strategies.ts'],
  },
  { package: '@node-saml/passport-saml', values: ['src/signin/strategies.ts'], files: 1, types: [] },
  { package: 'passport', values: ['src/signin/strategies.ts'], files: 1, types: [] },
  { package: 'xml-crypto', values: ['src/signin/saml/', DEMO], files: 1 },
  { package: 'xml-encryption', values: ['src/signin/saml/', DEMO], files: 1 },
  { package: 'jose', values: ['src/session/jose.ts'], files: 1 },
  { package: 'ioredis', values: ['src/store/redis/client.ts'], files: 1 },
  { package: 'better-sqlite3', values: ['src/store/'], files: Number.POSITIVE_INFINITY },
]

/** One line per import of the keeper's package where it may not be, and one when too many files have it. */
export function importsOutside(keeper: Keeper, sources: readonly Source[]): readonly string[] {
  const imports = sources.flatMap(importsOf).filter((each) => each.package === keeper.package)
  const misplaced = imports.filter(({ from, kind }) => {
    const types = keeper.types === undefined ? undefined : [...keeper.values, ...keeper.types]
    const places = kind === 'type' ? types : keeper.values
    return places !== undefined && !within(from.path, places)
  })
  const values = imports.filter(({ from, kind }) => kind !== 'type' && !within(from.path, [DEMO]))
  const files = [...new Set(values.map(({ from }) => from.path))]
  return [
    ...misplaced.map(
      ({ place, kind }) => `${place} imports ${kind === 'type' ? 'types' : 'values'} of ${keeper.package}`,
    ),
    ...(files.length > keeper.files ? [`${files.length} files import ${keeper.package}: ${files.join(', ')}`] : []),
  ]
}

function within(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
}
