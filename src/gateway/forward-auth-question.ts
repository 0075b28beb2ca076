/**
 * What a proxy asks about (contract section 7): a request as headers of one family tell it, or, from Envoy, as the question
 * itself does, which keeps method and host and has the path behind its own. What could be read in two ways is refused.
 */

import type { IncomingMessage } from 'node:http'

import { AppError } from '../core/errors.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { Client } from './client-address.ts'
import { foldName } from './header-names.ts'
import type { Asked } from './locate.ts'

/** Where questions are asked. */
const PATH = `${OWN_PREFIX}auth`

export interface Question {
  readonly asked: Asked
  /** `?deny=403`: the proxy knows no 404. */
  readonly withoutNotFound: boolean
  /** `?unauthenticated=redirect`: the proxy hands a redirect on. */
  readonly withRedirect: boolean
}

/** Whether a target in normal form is a question. */
export function isQuestion(target: string): boolean {
  return target.startsWith(PATH) && /^(?:[/?]|$)/.test(target.slice(PATH.length))
}

/** Reads the question of a caller. Throws BAD_REQUEST; the target that is asked about is left to the locator. */
export function readQuestion(req: IncomingMessage, client: Client): Question {
  if (!client.trusted) throw refused('the caller is no trusted proxy')
  const { url = '', method = '', headers } = req
  const told = toldBy(req.rawHeaders)
  const behind = url.slice(PATH.length)
  const isEnvoys = behind.startsWith('/')
  const own = isEnvoys ? { method, host: headers.host ?? '', uri: behind } : undefined
  const asked = own ?? told.map(whole).find((each) => each !== undefined)
  if (asked === undefined) throw refused('method, host and URI are not all of one family')
  if (!told.every((family) => agrees(family, asked))) throw refused('two families differ')
  if (!METHOD.test(asked.method) || !HOST.test(asked.host)) throw refused('method or host is not in normal form')
  // To Envoy the query is part of what it asks about. Others may let the client's through: it changes no decision.
  const options = new URLSearchParams(isEnvoys ? '' : behind)
  return {
    asked: { method: asked.method, target: asked.uri, host: asked.host.toLowerCase(), client },
    withoutNotFound: options.has('deny', '403'),
    withRedirect: options.has('unauthenticated', 'redirect'),
  }
}

const METHOD = /^[A-Z]+(?:-[A-Z]+)*$/
const HOST = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

const FAMILIES = [
  { method: 'x-original-method', host: 'x-original-host', uri: 'x-original-uri' },
  { method: 'x-forwarded-method', host: 'x-forwarded-host', uri: 'x-forwarded-uri' },
] as const

const NAMES: ReadonlySet<string> = new Set(FAMILIES.flatMap((family) => Object.values(family)))

interface Told {
  readonly method: string
  readonly host: string
  readonly uri: string
}

/** What each family says; undefined where it says nothing. */
type Family = { readonly [Key in keyof Told]: string | undefined }

function toldBy(rawHeaders: readonly string[]): readonly Family[] {
  const values = new Map<string, string>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const folded = foldName(name)
    if (!NAMES.has(folded)) continue
    if (name !== folded || values.has(folded)) throw refused(`${folded} is there twice or in another spelling`)
    values.set(folded, rawHeaders[index + 1] ?? '')
  }
  return FAMILIES.map(({ method, host, uri }) => ({
    method: values.get(method),
    host: values.get(host),
    uri: values.get(uri),
  }))
}

function whole({ method, host, uri }: Family): Told | undefined {
  return method === undefined || host === undefined || uri === undefined ? undefined : { method, host, uri }
}

function agrees(family: Family, asked: Told): boolean {
  const same = (key: keyof Told): boolean => family[key] === undefined || family[key] === asked[key]
  return same('method') && same('uri') && (same('host') || family.host?.toLowerCase() === asked.host.toLowerCase())
}

function refused(detail: string): AppError {
  return new AppError('BAD_REQUEST', detail)
}
