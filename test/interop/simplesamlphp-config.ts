/** The configuration of SimpleSAMLphp as an identity provider, as PHP. */

import type { Person } from './peer.ts'

/** Anything that PHP writes as a literal. */
export type PhpValue = string | number | boolean | null | readonly PhpValue[] | { readonly [key: string]: PhpValue }

const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
const BINDINGS = 'urn:oasis:names:tc:SAML:2.0:bindings:'

/** config.php: everything in `folder`, and the service providers that these XML files describe. */
export function configPhp(folder: string, url: string, peers: readonly string[]): string {
  return phpFile('$config', {
    baseurlpath: `${url}/`,
    certdir: `${folder}/cert/`,
    loggingdir: `${folder}/log/`,
    datadir: `${folder}/data/`,
    tempdir: `${folder}/temp/`,
    metadatadir: `${folder}/metadata/`,
    secretsalt: 'only for this test',
    'auth.adminpassword': 'only-for-this-test',
    technicalcontact_name: 'Test',
    technicalcontact_email: 'test@example.com',
    timezone: 'UTC',
    'logging.handler': 'file',
    'logging.level': 6,
    showerrors: true,
    'enable.saml20-idp': true,
    'module.enable': { core: true, exampleauth: true, saml: true },
    'session.cookie.secure': false,
    'session.phpsession.savepath': `${folder}/data`,
    'language.default': 'en',
    'metadata.sources': [{ type: 'flatfile' }, ...peers.map((file) => ({ type: 'xml', file }))],
    'store.type': 'phpsession',
  })
}

export function authsourcesPhp(people: readonly Person[]): string {
  const accounts = people.map(({ name, password, attributes }) => [`${name}:${password}`, attributes] as const)
  return phpFile('$config', {
    // A list entry is written as PHP's key 0, which names the class.
    people: { 0: 'exampleauth:UserPass', ...Object.fromEntries(accounts) },
  })
}

/** saml20-idp-hosted.php; `settings` are those of SimpleSAMLphp's reference of this file. */
export function hostedPhp(entityId: string, settings: Readonly<Record<string, PhpValue>>): string {
  return phpFile(`$metadata[${literal(entityId)}]`, {
    host: '__DEFAULT__',
    privatekey: 'idp.key',
    certificate: 'idp.crt',
    auth: 'people',
    NameIDFormat: EMAIL,
    SingleSignOnServiceBinding: ['HTTP-Redirect', 'HTTP-POST'].map((name) => `${BINDINGS}${name}`),
    authproc: { 3: { class: 'saml:AttributeNameID', attribute: 'mail', Format: EMAIL } },
    ...settings,
  })
}

function phpFile(variable: string, value: PhpValue): string {
  return `<?php\n\n${variable} = ${literal(value)};\n`
}

function literal(value: PhpValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (isList(value)) return `[${value.map(literal).join(', ')}]`
  const entries = Object.entries(value).map(
    ([key, each]) => `${/^\d+$/.test(key) ? key : literal(key)} => ${literal(each)}`,
  )
  return `[${entries.join(', ')}]`
}

function isList(value: PhpValue): value is readonly PhpValue[] {
  return Array.isArray(value)
}
