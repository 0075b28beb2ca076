/**
 * What the gateway signs about its audit: who begins a chain, where chains stand, which records were removed. A statement
 * is a JWT in the detail of a record, made with the identity key. It names the keys that were published when it was made,
 * so that one key that is trusted leads to those that came before it, also when they are gone.
 */

import { z } from 'zod'

import type { ChainHead } from '../core/chain.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import type { PublicJwk } from '../session/jose.ts'
import type { Store } from '../store/ports.ts'

/** The identity key, as the audit needs it. */
export interface Signer {
  /** A JWT of that type over the claims. */
  sign(typ: string, claims: Readonly<Record<string, unknown>>): Promise<string>
  /** The published keys now; the one that signs is among them. */
  keys(): readonly PublicJwk[]
}

/** What signed records are written with, into the chain of `writer`. */
export interface SigningParts {
  readonly store: Pick<Store, 'audit' | 'transaction'>
  readonly writer: string
  readonly signer: Signer
  readonly clock: Clock
  readonly random: Random
}

/** The claims of a JWT of that type which a key signed that they name under `keys`, and that key's id; else undefined. */
export type OpenSelfSigned = (typ: string, token: string) => Promise<{ kid: string; claims: unknown } | undefined>

/** Header `typ` of every statement, so that none passes for an identity token. */
const STATEMENT_TYP = 'gatehouse-audit+jwt'

/** The most heads that one statement lists. */
export const MOST_HEADS = 100

const Head = z.strictObject({ writer: z.string(), number: z.int().min(1), hash: z.string() })

const Statement = z.strictObject({
  /** A chain begins · where chains stood · the records up to these places were removed. */
  says: z.enum(['opened', 'anchored', 'removed']),
  /** Whose chain the record with the statement is in. */
  writer: z.string(),
  heads: z.array(Head).max(MOST_HEADS),
  keys: z.array(z.looseObject({ kid: z.string() })),
  iat: z.int(),
})

export interface Statement extends Pick<z.output<typeof Statement>, 'says' | 'writer' | 'heads'> {
  /** Id of the key that signed it: RFC 7638 thumbprint. */
  readonly kid: string
  /** Ids of the keys that it names. */
  readonly keys: readonly string[]
}

/** A new statement, now. */
export function signStatement(
  { signer, clock }: { signer: Signer; clock: Clock },
  claims: { says: Statement['says']; writer: string; heads: readonly ChainHead[] },
): Promise<string> {
  return signer.sign(STATEMENT_TYP, { ...claims, keys: signer.keys(), iat: Math.floor(clock.now() / 1000) })
}

/** What a token states; undefined when it is no statement or its signature is wrong. Whether its key is ours is still to be judged. */
export async function readStatement(token: unknown, open: OpenSelfSigned): Promise<Statement | undefined> {
  if (typeof token !== 'string') return undefined
  const opened = await open(STATEMENT_TYP, token)
  const claims = Statement.safeParse(opened?.claims)
  if (opened === undefined || !claims.success) return undefined
  const { says, writer, heads, keys } = claims.data
  return { says, writer, heads, kid: opened.kid, keys: keys.map(({ kid }) => kid) }
}

/** The place of a chain, and nothing else of it. */
export function headOf({ writer, number, hash }: ChainHead): ChainHead {
  return { writer, number, hash }
}
