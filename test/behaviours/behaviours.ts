/** The list of behaviours, the tests that prove them, and the page that puts the two side by side. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { filesBelow } from '../structure/source.ts'

const BehaviourSchema = z
  .strictObject({ title: z.string().min(1), plan: z.enum(['later', 'part']).optional(), why: z.string().optional() })
  .refine(({ plan, why }) => (plan === undefined) === (why === undefined), 'plan and why stand together')

const SystemsSchema = z.array(
  z.strictObject({ system: z.string(), ids: z.record(z.string().regex(/^[SGFNOWC]-[1-9]\d?$/), BehaviourSchema) }),
)

export type Systems = z.infer<typeof SystemsSchema>

export interface Proof {
  /** Behaviour ids that begin the title. */
  readonly ids: readonly string[]
  /** The title without its ids; `…` stands for what a case fills in. */
  readonly title: string
  /** From the root of the project. */
  readonly file: string
}

/** The list of behaviours in `text` (YAML). Throws when it is not well formed. */
export function readSystems(text: string): Systems {
  return SystemsSchema.parse(parse(text))
}

/** Everything below test/ whose title begins with ids: tests in .ts files and cases in .yaml files of test/cases. */
export function findProofs(root: string): readonly Proof[] {
  return filesBelow(root, 'test')
    .filter((file) => !/^test\/(?:behaviours|structure)/.test(file))
    .flatMap((file) => {
      const text = (): string => readFileSync(join(root, file), 'utf8')
      if (file.endsWith('.ts')) return proofsInTests(file, text())
      return /^test\/cases\/.*\.ya?ml$/.test(file) ? proofsInCases(file, text()) : []
    })
}

const TEST =
  /(?<![\w.])(?:test|it)\(\s*(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|\$\{(?:[^{}`]|\{[^{}]*\}|`[^`]*`)*\}|[^`\\])*)`)/g
const IDS = /^([SGFNOWC]-\d+(?:, [SGFNOWC]-\d+)*): (.+)$/s

/** The titles of `test('…')` and `it('…')` that begin with ids. What is skipped proves nothing and does not count. */
export function proofsInTests(file: string, text: string): readonly Proof[] {
  return [...text.matchAll(TEST)].flatMap(([, single, double, template]) =>
    proof(file, unescaped(single ?? double ?? template?.replace(/\$\{(?:[^{}`]|\{[^{}]*\}|`[^`]*`)*\}/g, '…') ?? '')),
  )
}

/** The `title` or `name` of every case, at any depth, that begins with ids. */
export function proofsInCases(file: string, text: string): readonly Proof[] {
  const proofs: Proof[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      if ((key === 'title' || key === 'name') && typeof value === 'string') proofs.push(...proof(file, value))
      visit(value)
    }
  }
  visit(parse(text))
  return proofs
}

function proof(file: string, title: string): readonly Proof[] {
  const [, ids, rest] = IDS.exec(title) ?? []
  return ids === undefined || rest === undefined ? [] : [{ ids: ids.split(', '), title: rest, file }]
}

function unescaped(quoted: string): string {
  return quoted.replace(/\\(.)/gs, '$1')
}

/** One line per title that names a behaviour which is not in the list. */
export function unknownIds(systems: Systems, proofs: readonly Proof[]): readonly string[] {
  const known = new Set(systems.flatMap(({ ids }) => Object.keys(ids)))
  return proofs.flatMap(({ ids, title, file }) =>
    ids.filter((id) => !known.has(id)).map((id) => `${file}: “${title}” names ${id}, which is not in the list`),
  )
}

const HEAD = `# Behaviours

What Gatehouse is to do, and the automatic tests that prove it. Generated from \`test/behaviours/ids.yaml\` and the titles of the
tests by \`npm run generate\`; a test belongs to a behaviour when its title begins with the id.
`

/** The page docs/behaviours.md. */
export function behavioursPage(systems: Systems, proofs: readonly Proof[]): string {
  const total = systems.flatMap(({ ids }) => Object.keys(ids))
  const proven = total.filter((id) => proofs.some(({ ids }) => ids.includes(id)))
  const tables = systems.map(({ system, ids }) => {
    const rows = Object.entries(ids).map(
      ([id, behaviour]) => `| ${id} | ${cell(behaviour.title)} | ${state(behaviour, proofs, id)} |`,
    )
    return `\n## ${system}\n\n| id | behaviour | delivered |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  return `${HEAD}\n${proven.length} of ${total.length} have tests.\n${tables.join('')}`
}

function state({ plan, why }: Systems[number]['ids'][string], proofs: readonly Proof[], id: string): string {
  const own = proofs.filter(({ ids }) => ids.includes(id))
  if (own.length === 0) return plan === 'later' ? `not delivered; later: ${why}` : 'not delivered'
  const files = [...new Set(own.map(({ file }) => file))].sort()
  const listed = files.map((file) => {
    const titles = [...new Set(own.filter((each) => each.file === file).map(({ title }) => cell(title)))]
    return `[${file.replace(/^test\//, '')}](../${file}): ${titles.join(' · ')}`
  })
  return `${plan === undefined ? '' : `in part (${why}): `}${listed.join('<br>')}`
}

/** Text that may stand in a cell of a table and means nothing to Markdown. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\|*_`[\]]/g, '\\$&')
}
