/** The two that are asked for a second opinion on a signature: node-saml, and xmlsec1, which shows the very bytes it digested. */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SAML } from '@node-saml/node-saml'

const run = promisify(execFile)

/** What an oracle makes of a message. */
export type Opinion<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string }

export interface NodeSamlIdentity {
  readonly nameId: string
  /** Of attributes with one value that is text. */
  readonly attributes: ReadonlyMap<string, string>
}

/** Whom node-saml reads from a signed message; of all its checks only those of signatures are on. */
export async function askNodeSaml(xml: string, certificates: readonly string[]): Promise<Opinion<NodeSamlIdentity>> {
  const saml = new SAML({
    idpCert: [...certificates],
    issuer: 'differential',
    callbackUrl: 'https://sp.example.com/acs',
    audience: false,
    acceptedClockSkewMs: -1,
    wantAuthnResponseSigned: false,
    wantAssertionsSigned: false,
  })
  try {
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: Buffer.from(xml).toString('base64') })
    if (profile === null) return { ok: false, reason: 'no profile' }
    const attributes = Object.entries((profile['attributes'] ?? {}) as Record<string, unknown>)
    return {
      ok: true,
      value: {
        nameId: profile.nameID,
        attributes: new Map(attributes.filter((each): each is [string, string] => typeof each[1] === 'string')),
      },
    }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Which signature of a message is meant. */
export type Place = 'response' | 'assertion'

const SIGNATURE = "*[local-name()='Signature']"
const PLACES: Readonly<Record<Place, string>> = {
  response: `/*/${SIGNATURE}`,
  assertion: `/*/*[local-name()='Assertion']/${SIGNATURE}`,
}
const SAML_NS = 'urn:oasis:names:tc:SAML:2.0:'
const BYTES = /== PreDigest data - start buffer:\n([\s\S]*?)\n== PreDigest data - end buffer/g

export interface Xmlsec {
  /** The bytes that the signature covers in each message, once xmlsec1 has verified them all with one of the certificates. */
  ask(messages: readonly string[], place: Place, certificates: readonly string[]): Promise<Opinion<readonly string[]>>
  close(): void
}

/** xmlsec1 (the Debian package of that name), the program at `program`. */
export function openXmlsec(program: string): Xmlsec {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-xmlsec-'))
  let files = 0
  const keep = async (text: string): Promise<string> => {
    files += 1
    const file = join(folder, `${files}.xml`)
    await writeFile(file, text)
    return file
  }
  return {
    async ask(messages, place, certificates) {
      const kept = await Promise.all(messages.map(keep))
      const keys = await Promise.all(certificates.map(keep))
      let reason = 'no certificate'
      for (const key of keys) {
        const answer = await verify(program, options(key, place), kept)
        if (answer.ok) return answer
        reason = answer.reason
      }
      return { ok: false, reason }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Only the given key counts: no kind of key is read from the message. */
function options(certificate: string, place: Place): string[] {
  return [
    ['--verify', '--store-references', '--print-debug', '--enabled-key-data', 'raw-x509-cert'],
    ['--pubkey-cert-pem', certificate, '--enabled-reference-uris', 'same-doc'],
    ['--id-attr:ID', `${SAML_NS}assertion:Assertion`, '--id-attr:ID', `${SAML_NS}protocol:Response`],
    ['--node-xpath', PLACES[place]],
  ].flat()
}

async function verify(
  program: string,
  args: readonly string[],
  files: readonly string[],
): Promise<Opinion<readonly string[]>> {
  try {
    const { stdout } = await run(program, [...args, ...files], { maxBuffer: 256 * 1024 * 1024 })
    const bytes = [...stdout.matchAll(BYTES)].map(([, each = '']) => each)
    const whole = bytes.length === files.length
    return whole ? { ok: true, value: bytes } : { ok: false, reason: `${bytes.length} of ${files.length} were shown` }
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string }
    return { ok: false, reason: (stderr === '' ? message : stderr).split('\n').slice(0, 4).join(' | ') }
  }
}
