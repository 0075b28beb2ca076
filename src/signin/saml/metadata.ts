/** What an identity provider says of itself, read from its metadata (SAML Metadata 2.0) or from the configuration. */

import type { X509Certificate } from 'node:crypto'

import { DOMParser } from '@xmldom/xmldom'

import type { MetadataSource } from '../../config/config.ts'
import { DEMO_ENTITY_ID } from '../../core/names.ts'
import { failed, ok, type Result } from '../../core/result.ts'
import { type Instant, instant, isoTime } from '../../core/time.ts'
import { readCertificate, withoutIssuers } from './certificate.ts'
import type { ProviderMetadata } from './model.ts'

/** Larger metadata is refused unread. */
export const MAX_METADATA_BYTES = 5 * 1024 * 1024

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata'
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol'
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'
/** SAML Core 2.0 §8.3.6. */
const MAX_ENTITY_ID = 1024
const MAX_URL = 2048

/**
 * The metadata of one identity provider: of the only one that is in the document, or of `entityId`. An EntityDescriptor
 * and an EntitiesDescriptor will do. Otherwise all that is wrong, one line each.
 */
export function readMetadata(
  text: string,
  { now, entityId }: { now: Instant; entityId?: string },
): Result<ProviderMetadata, readonly string[]> {
  const root = parseDocument(text)
  if (!root.ok) return failed([root.error])
  const chosen = chooseEntity(root.value, entityId)
  return chosen.ok ? readEntity(chosen.value, now) : failed([chosen.error])
}

/** The metadata that the configuration itself gives; the sign-on URL stands for both bindings. Otherwise what is wrong. */
export function inlineMetadata(
  source: Extract<MetadataSource, { kind: 'inline' }>,
): Result<ProviderMetadata, readonly string[]> {
  const problems = [...entityIdProblems(source.entityId)]
  for (const [name, url] of [['ssoUrl', source.ssoUrl] as const, ['sloUrl', source.sloUrl] as const]) {
    const problem = url === null ? undefined : locationProblem(url)
    if (problem !== undefined) problems.push(`${name} "${shorten(url ?? '')}" ${problem}`)
  }
  const certificates = readCertificates([source.certificates], problems)
  if (problems.length > 0) return failed(problems)
  return ok({
    entityId: source.entityId,
    ssoRedirectUrl: source.ssoUrl,
    ssoPostUrl: source.ssoUrl,
    sloRedirectUrl: source.sloUrl,
    certificates,
    wantAuthnRequestsSigned: false,
    validUntil: null,
  })
}

/** What is wrong with the metadata in a file, one line each; empty when it can be used. */
export function checkMetadataText(
  text: string,
  { publicUrlIsLocal, now }: { publicUrlIsLocal: boolean; now: Instant },
): readonly string[] {
  const read = readMetadata(text, { now })
  return read.ok ? demoProblems(read.value.entityId, publicUrlIsLocal) : read.error
}

/** What is wrong with metadata in the configuration, one line each; empty when it can be used. */
export function checkInlineMetadata(
  source: Extract<MetadataSource, { kind: 'inline' }>,
  { publicUrlIsLocal }: { publicUrlIsLocal: boolean },
): readonly string[] {
  const read = inlineMetadata(source)
  return read.ok ? demoProblems(read.value.entityId, publicUrlIsLocal) : read.error
}

/** The demo identity provider's keys are no secret: one line against it unless the gateway itself is on localhost. */
export function demoProblems(entityId: string, publicUrlIsLocal: boolean): readonly string[] {
  if (entityId !== DEMO_ENTITY_ID || publicUrlIsLocal) return []
  return [`entityID ${DEMO_ENTITY_ID} is the demo identity provider, which is only for a publicUrl on localhost`]
}

/** Whether a URL's host is this machine: localhost, *.localhost, 127.0.0.0/8 or ::1. Each is a host of its own. */
export function isLocalHost(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

function parseDocument(text: string): Result<Element, string> {
  if (Buffer.byteLength(text) > MAX_METADATA_BYTES) return failed('larger than 5 MiB')
  // Before any parser: entities are declared nowhere else, and a document type has no place in metadata.
  if (/<!DOCTYPE/i.test(text)) return failed('has a DOCTYPE, which is not allowed')
  const source = text.replace(/^\uFEFF/, '')
  if (!/^\s*</.test(source)) return failed('is not XML')
  try {
    const document = new DOMParser({ errorHandler: refuse }).parseFromString(source, 'text/xml')
    const root = document.documentElement as Element | null
    if (root === null) return failed('is not XML')
    const stray = [...siblings(document.firstChild)].some((node) => node.nodeType === 3 && node.nodeValue?.trim())
    return stray ? failed('is not well-formed XML: text outside the root element') : ok(root)
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return failed(`is not well-formed XML: ${shorten(line.replace(/^\[xmldom \w+\]\s*/, ''))}`)
  }
}

/** xmldom mends what it warns of, such as an element that is never closed; here every remark ends the reading. */
function refuse(_level: string, message: unknown): never {
  throw new Error(String(message))
}

interface ChosenEntity {
  readonly entity: Element
  readonly descriptor: Element
}

function chooseEntity(root: Element, entityId: string | undefined): Result<ChosenEntity, string> {
  const all = entitiesOf(root)
  if (all === undefined) return failed('root element is neither EntityDescriptor nor EntitiesDescriptor of SAML 2.0')
  const wanted = entityId === undefined ? all : all.filter((entity) => entity.getAttribute('entityID') === entityId)
  if (entityId !== undefined && wanted.length === 0) {
    return failed(`has no entityID ${shorten(entityId)}; it has ${listIds(all)}`)
  }
  const found = wanted.flatMap((entity) => identityProviders(entity).map((descriptor) => ({ entity, descriptor })))
  const [only] = found
  if (only === undefined) return failed('describes no identity provider: no IDPSSODescriptor for SAML 2.0')
  if (found.length > 1) {
    return failed(
      `describes ${found.length} identity providers, one is expected: ${listIds(found.map((each) => each.entity))}`,
    )
  }
  return ok(only)
}

function entitiesOf(root: Element): Element[] | undefined {
  if (isElement(root, METADATA, 'EntityDescriptor')) return [root]
  if (!isElement(root, METADATA, 'EntitiesDescriptor')) return undefined
  const entities: Element[] = []
  const groups = [root]
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    entities.push(...children(group, METADATA, 'EntityDescriptor'))
    groups.push(...children(group, METADATA, 'EntitiesDescriptor'))
  }
  return entities
}

function identityProviders(entity: Element): readonly Element[] {
  return children(entity, METADATA, 'IDPSSODescriptor').filter((descriptor) =>
    attribute(descriptor, 'protocolSupportEnumeration').split(/\s+/).includes(PROTOCOL),
  )
}

function listIds(entities: readonly Element[]): string {
  const ids = entities.slice(0, 3).map((entity) => shorten(attribute(entity, 'entityID')))
  return entities.length > ids.length ? `${ids.join(', ')}, …` : ids.join(', ')
}

function readEntity({ entity, descriptor }: ChosenEntity, now: Instant): Result<ProviderMetadata, readonly string[]> {
  const entityId = attribute(entity, 'entityID')
  const problems = [...entityIdProblems(entityId)]
  const validUntil = readValidUntil(descriptor, now, problems)
  const keys = children(descriptor, METADATA, 'KeyDescriptor').filter((key) => attribute(key, 'use') !== 'encryption')
  const data = keys
    .flatMap((key) => children(key, SIGNATURE, 'KeyInfo'))
    .flatMap((info) => children(info, SIGNATURE, 'X509Data'))
    .map((each) => children(each, SIGNATURE, 'X509Certificate').map((certificate) => certificate.textContent ?? ''))
  const metadata: ProviderMetadata = {
    entityId,
    ssoRedirectUrl: readLocation(descriptor, 'SingleSignOnService', REDIRECT, problems),
    ssoPostUrl: readLocation(descriptor, 'SingleSignOnService', POST, problems),
    sloRedirectUrl: readLocation(descriptor, 'SingleLogoutService', REDIRECT, problems),
    certificates: readCertificates(data, problems),
    wantAuthnRequestsSigned: ['true', '1'].includes(attribute(descriptor, 'WantAuthnRequestsSigned')),
    validUntil,
  }
  if (!bindings(descriptor, 'SingleSignOnService').some((binding) => binding === REDIRECT || binding === POST)) {
    problems.push('has no SingleSignOnService for HTTP-Redirect or HTTP-POST')
  }
  return problems.length > 0 ? failed(problems) : ok(metadata)
}

function entityIdProblems(entityId: string): readonly string[] {
  if (entityId === '') return ['entityID is missing']
  if (entityId.length > MAX_ENTITY_ID) return [`entityID is longer than ${MAX_ENTITY_ID} characters`]
  return /[\s\p{C}]/u.test(entityId) ? ['entityID contains white space or control characters'] : []
}

/** The earliest validUntil of the descriptor and all that encloses it (SAML Metadata 2.0 §2.3.1, §2.3.2, §2.4.1). */
function readValidUntil(descriptor: Element, now: Instant, problems: string[]): Instant | null {
  let earliest: Instant | null = null
  for (let node: Node | null = descriptor; node !== null && node.nodeType === 1; node = node.parentNode) {
    const text = attribute(node as Element, 'validUntil')
    if (text === '') continue
    const at = readDateTime(text)
    if (at === undefined) problems.push(`validUntil "${shorten(text)}" is not a date and time`)
    else if (earliest === null || at < earliest) earliest = at
  }
  if (earliest !== null && earliest <= now) problems.push(`is over: validUntil ${isoTime(earliest)} is past`)
  return earliest
}

/** xs:dateTime; without a zone it is UTC (SAML Core 2.0 §1.3.3). */
function readDateTime(text: string): Instant | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/.exec(text.trim())
  const at = match === null ? Number.NaN : Date.parse(`${match[1]}${match[2] ?? 'Z'}`)
  return Number.isNaN(at) ? undefined : instant(at)
}

function bindings(descriptor: Element, service: string): readonly string[] {
  return children(descriptor, METADATA, service).map((each) => attribute(each, 'Binding'))
}

function readLocation(descriptor: Element, service: string, binding: string, problems: string[]): string | null {
  const element = children(descriptor, METADATA, service).find((each) => attribute(each, 'Binding') === binding)
  if (element === undefined) return null
  const location = attribute(element, 'Location')
  const problem = locationProblem(location)
  if (problem === undefined) return location
  problems.push(`${service} ${binding.slice(binding.lastIndexOf(':') + 1)} Location "${shorten(location)}" ${problem}`)
  return null
}

function locationProblem(location: string): string | undefined {
  if (location.length > MAX_URL) return `is longer than ${MAX_URL} characters`
  const url = /[\s\p{C}]/u.test(location) ? null : URL.parse(location)
  if (url === null) return 'is not a URL'
  if (url.username !== '' || url.password !== '') return 'must not contain a user name'
  if (url.hash !== '') return 'must not have a fragment'
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && isLocalHost(url.hostname))
  return allowed ? undefined : 'must begin with https:// (http:// only on localhost)'
}

/** PEM texts, each once, of certificates that stand together in groups (X509Data). */
function readCertificates(groups: readonly (readonly string[])[], problems: string[]): readonly string[] {
  const usable = new Set<string>()
  for (const group of groups) {
    const read: X509Certificate[] = []
    for (const source of group) {
      const certificate = readCertificate(source)
      if (certificate.ok) read.push(certificate.value)
      else problems.push(certificate.error)
    }
    for (const certificate of withoutIssuers(read)) usable.add(certificate.toString())
  }
  if (groups.every((group) => group.length === 0)) problems.push('has no signing certificate')
  return [...usable]
}

function* siblings(first: Node | null): Generator<Node> {
  for (let node = first; node !== null; node = node.nextSibling) yield node
}

function children(parent: Element, namespace: string, name: string): Element[] {
  return [...siblings(parent.firstChild)].filter((node): node is Element => isElement(node, namespace, name))
}

function isElement(node: Node, namespace: string, name: string): boolean {
  if (node.nodeType !== 1) return false
  const element = node as Element
  return element.namespaceURI === namespace && element.localName === name
}

/** Empty when absent. */
function attribute(element: Element, name: string): string {
  return element.getAttribute(name) ?? ''
}

function shorten(text: string): string {
  const line = text.replace(/[\s\p{C}]+/gu, ' ')
  return line.length > 120 ? `${line.slice(0, 120)}…` : line
}
