/** The effective configuration: frozen, every default filled in, every relative path made absolute, every secret read. */

/** `http:` is for localhost only. */
export interface PublicUrl {
  /** Origin without a final slash, such as `https://licences.example.com`. */
  readonly origin: string
  /** Host and, where not the scheme's own, port, as a Host header has it. */
  readonly host: string
  readonly secure: boolean
}

export interface KeyPair {
  /** PEM text. */
  readonly key: string
  /** PEM text. */
  readonly cert: string
}

export interface Listen {
  readonly host: string
  readonly port: number
  readonly tls: KeyPair | null
}

export type MetadataSource =
  | {
      readonly kind: 'file'
      /** Absolute. */
      readonly file: string
      /** What the file held when the configuration was read. */
      readonly text: string
    }
  | { readonly kind: 'url'; readonly url: string }
  | {
      readonly kind: 'inline'
      readonly entityId: string
      readonly ssoUrl: string
      readonly sloUrl: string | null
      /** PEM texts. */
      readonly certificates: readonly string[]
    }

/** Ranks the hash of signature and digest; ECDSA counts by its hash. */
export type SignatureRank = 'rsa-sha1' | 'rsa-sha256' | 'rsa-sha384' | 'rsa-sha512'

export type GroupTarget = { readonly role: string; readonly service: string | null } | MappedMembership

/** Rights in a group of the directory. */
export interface MappedMembership {
  /** Path, in NFC. */
  readonly group: string
  /** In order of their names; `products`: null = all. */
  readonly rights: readonly { readonly right: string; readonly products: readonly string[] | null }[]
}

export interface IdentityProviderConfig {
  readonly id: string
  readonly displayName: string
  readonly metadata: MetadataSource
  readonly binding: 'redirect' | 'post'
  readonly signRequests: 'auto' | 'always' | 'never'
  readonly want: {
    readonly signedResponse: boolean
    readonly signedAssertion: boolean
    readonly encryptedAssertion: boolean
  }
  readonly minimumSignature: SignatureRank
  readonly allowCbc: boolean
  readonly allowUnsolicited: boolean
  /** `NameID` or an attribute's name. */
  readonly loginAttribute: string
  /** Suffixes after `@`, lower case; empty = any account. */
  readonly accountDomains: readonly string[]
  readonly createUnknownOperator: boolean
  /** null: this provider never gives Administrator. */
  readonly adminAttribute: string | null
  readonly adminMode: 'fnms' | 'authoritative'
  readonly attributes: { readonly displayName: readonly string[]; readonly email: readonly string[] }
  readonly entry: { readonly attribute: string; readonly anyOf: readonly string[] } | null
  readonly groups: {
    readonly attribute: string | null
    readonly map: Readonly<Record<string, readonly GroupTarget[]>>
    readonly mode: 'additive' | 'authoritative'
  }
}

export interface SessionConfig {
  readonly timeoutMinutes: number
  readonly samlOffsetMinutes: number
  readonly idpExpiry: 'strict' | 'fnms'
  readonly idleMaxMinutes: number | null
  readonly absoluteMaxMinutes: number | null
}

/** How the gateway itself signs in to a service. */
export type UpstreamCredential =
  | { readonly type: 'none' }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  /** PEM text. */
  | ({ readonly type: 'client-certificate' } & KeyPair)
  /** `authorizePath` lies below the upstream's URL. */
  | {
      readonly type: 'flexnet-authorize'
      readonly username: string
      readonly password: string
      readonly authorizePath: string
    }

export interface ServiceConfig {
  readonly id: string
  readonly profile: string
  /** `path` begins and ends with a slash; `host` is lower case, without a port unless one was given. */
  readonly match: { readonly path: string | null; readonly host: string | null }
  /** Origins with an optional base path, without a final slash. */
  readonly upstream: readonly string[]
  readonly keepPrefix: boolean
  readonly access: 'required' | 'optional' | 'public'
  /** Whether who has no account may come as a guest, with the guest role of the profile. */
  readonly guest: boolean
  readonly public: readonly string[]
  readonly passive: readonly string[]
  readonly authorization: 'on' | 'off'
  readonly unlistedOperations: 'deny' | 'open'
  /** Header name → `account`, `id`, `name`, `email`, `roles` or `attribute:<name>`. */
  readonly headers: Readonly<Record<string, string>>
  readonly preserveHost: boolean
  readonly passAuthorization: boolean
  readonly allowedOrigins: readonly string[]
  readonly credential: UpstreamCredential
  readonly timeouts: {
    readonly connectSeconds: number
    readonly headersSeconds: number
    readonly idleSeconds: number
  }
  /** `ca` is PEM text. */
  readonly upstreamTls: { readonly ca: string | null; readonly serverName: string | null; readonly verify: boolean }
  /** Bytes; null = no limit. */
  readonly maxBody: number | null
  readonly pathRules: {
    readonly encodedSlash: 'refuse' | 'allow'
    readonly pathParameters: 'refuse' | 'allow'
  }
  readonly settings: Readonly<Record<string, unknown>>
}

/** Where a Redis is, as a URL of `stores` says it. */
export interface RedisLocation {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  /** Also to the sentinels. */
  readonly tls: boolean
  /** The server, the sentinels, or the nodes to begin with. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  /** The name by which the sentinels know the servers; null without sentinels. */
  readonly master: string | null
  readonly username: string | null
  readonly password: string | null
  /** What the sentinels themselves ask for. */
  readonly sentinel: { readonly username: string | null; readonly password: string | null }
  /** Number of the database; 0 in a cluster. */
  readonly database: number
  /** The URL without users and passwords, for logs and messages. */
  readonly shown: string
}

export interface Config {
  /** The file it came from; absolute. */
  readonly file: string
  /** SHA-256 of the effective configuration, contents of files included, for the metrics. */
  readonly hash: string
  /** Dotted keys that the file sets; every other value is a default. */
  readonly fromFile: readonly string[]
  readonly publicUrl: PublicUrl
  readonly listen: Listen
  readonly admin: { readonly publicUrl: PublicUrl | null; readonly listen: Listen | null }
  /** CIDRs. */
  readonly trustedProxies: readonly string[]
  /** At once from one address that is no trusted proxy; 0 = no limit. */
  readonly connections: { readonly perAddress: number }
  readonly dataDir: string
  readonly stores: {
    /** `sqlite`, `memory` (tests only) or a URL. */
    readonly directory: string
    readonly sessions: string
    /** What `sessions` points to; null when it is no Redis. */
    readonly redis: RedisLocation | null
    readonly graceSeconds: number
  }
  /** PEM text of a P-256 key · 32 bytes; null: made in dataDir/keys on first start. */
  readonly keys: { readonly identity: string | null; readonly cookies: Buffer | null }
  readonly serviceProvider: {
    readonly entityId: string
    /** null: made in dataDir/keys on first start. */
    readonly signing: KeyPair | null
    readonly decryption: readonly KeyPair[]
  }
  readonly signIn: {
    readonly requestLifetimeMinutes: number
    readonly defaultIdp: string | null
    /** Per address and minute; 0 = no limit. */
    readonly startsPerMinute: number
    readonly postsPerMinute: number
  }
  readonly identityProviders: readonly IdentityProviderConfig[]
  readonly localSignIn: {
    readonly enabled: boolean
    readonly from: readonly string[]
    readonly totp: 'required' | 'optional'
    readonly services: boolean
  }
  readonly session: SessionConfig
  /** null: for ever. */
  readonly audit: { readonly keepDays: number | null }
  readonly services: readonly ServiceConfig[]
}

/** One mistake in the configuration. */
export interface Problem {
  /** Dotted path of the key, such as `services[0].match.path`; empty for the file as a whole. */
  readonly key: string
  /** The value that stands there, shortened, secrets left out; null where nothing stands there. */
  readonly value: string | null
  /** What is wrong and what is allowed, one line. */
  readonly message: string
}
