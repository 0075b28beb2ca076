/**
 * The error catalogue: every code that the gateway answers with, its HTTP status, its public sentence and its log level.
 * `docs/errors.md` lists the same codes; `test/docs.test.ts` fails when the two differ.
 */

export interface ErrorSpec {
  /** HTTP status. */
  readonly status: number
  /** Title of the problem document and heading of the page. */
  readonly title: string
  /** What the client may know, in one or two sentences. */
  readonly public: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Seconds after which to try again, for the header Retry-After. */
  readonly retryAfter?: number
}

const SIGN_IN_REFUSED = 'Sign-in could not be completed'
const REFUSED_TEXT =
  'The answer of your identity provider could not be accepted. Give the reference to your administrator, or start again.'

function refused(status: 400 | 401) {
  return { status, title: SIGN_IN_REFUSED, public: REFUSED_TEXT, level: 'warn' } as const
}

/** A change that is not made; whoever asked for it can mend it. */
function declined<Status extends number>(status: Status, title: string, text: string) {
  return { status, title, public: text, level: 'info' } as const
}

const SIGN_IN_FAILURE = {
  status: 403,
  title: 'Sign In Failure',
  level: 'info',
} as const

export const ERRORS = {
  // Requests
  BAD_REQUEST: { status: 400, title: 'Bad request', public: 'The request is not well formed.', level: 'info' },
  BAD_TARGET: {
    status: 400,
    title: 'Bad request target',
    public: 'The request target is not in normal form.',
    level: 'info',
  },
  NOT_FOUND: { status: 404, title: 'Not found', public: 'There is nothing here.', level: 'debug' },
  GUEST_NOT_ADMITTED: {
    status: 403,
    title: 'No guests here',
    public: 'This service admits nobody without an account. Sign in.',
    level: 'info',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    public: 'This address does not take that method.',
    level: 'info',
  },
  PRECONDITION_FAILED: {
    status: 412,
    title: 'Precondition failed',
    public: 'What is here is not what the request was made for.',
    level: 'info',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported media type',
    public: 'The body has a type that is not taken here.',
    level: 'info',
  },
  REQUEST_TIMEOUT: { status: 408, title: 'Request timeout', public: 'The request came too slowly.', level: 'info' },
  BODY_TOO_LARGE: { status: 413, title: 'Content too large', public: 'The body is too large.', level: 'info' },
  MISDIRECTED: {
    status: 421,
    title: 'Misdirected request',
    public: 'This host name is not served here.',
    level: 'info',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    public: 'Too many requests from this address. Wait a little.',
    level: 'warn',
  },
  CROSS_ORIGIN: {
    status: 403,
    title: 'Cross-origin request refused',
    public: 'The request came from another site.',
    level: 'warn',
  },

  // Sign-in: the check table. All of them look alike to the browser but for 400 and 401.
  SAML_MALFORMED: refused(400),
  SAML_TOO_LARGE: refused(400),
  SAML_ALGORITHM_REFUSED: refused(401),
  SAML_ISSUER_UNKNOWN: refused(401),
  SAML_SIGNATURE_MISSING: refused(401),
  SAML_SIGNATURE_INVALID: refused(401),
  SAML_DECRYPTION_FAILED: refused(401),
  SAML_ENCRYPTION_MISSING: refused(401),
  SAML_STATUS_NOT_SUCCESS: refused(401),
  SAML_VERSION_WRONG: refused(401),
  SAML_ISSUER_MISMATCH: refused(401),
  SAML_DESTINATION_WRONG: refused(401),
  SAML_RECIPIENT_WRONG: refused(401),
  SAML_CONFIRMATION_INVALID: refused(401),
  SAML_CONDITIONS_MISSING: refused(401),
  SAML_CONDITION_UNKNOWN: refused(401),
  SAML_NOT_YET_VALID: refused(401),
  SAML_EXPIRED: refused(401),
  SAML_AUDIENCE_WRONG: refused(401),
  SAML_REQUEST_UNKNOWN: refused(401),
  SAML_REQUEST_USED: refused(401),
  SAML_UNSOLICITED_REFUSED: refused(401),
  SAML_REPLAYED: refused(401),
  SAML_AUTHN_STATEMENT_MISSING: refused(401),
  SAML_SESSION_OVER: refused(401),
  SAML_AUTHN_CONTEXT_WRONG: refused(401),
  SAML_LOGIN_ATTRIBUTE_MISSING: refused(401),
  SAML_ACCOUNT_INVALID: refused(401),
  SAML_ACCOUNT_DOMAIN_REFUSED: refused(401),
  SAML_ENTRY_REFUSED: refused(401),
  SIGN_IN_STATE_LOST: {
    status: 400,
    title: SIGN_IN_REFUSED,
    public: 'Your browser did not send the cookie of this sign-in. Start again.',
    level: 'info',
  },
  SIGN_IN_LOOP: {
    status: 429,
    title: 'Sign-in keeps starting over',
    public: 'This browser was sent to sign in three times within half a minute.',
    level: 'warn',
  },

  HANDOFF_REFUSED: {
    status: 400,
    title: SIGN_IN_REFUSED,
    public: 'The way back to this host is used up, too old or meant for another browser. Start again.',
    level: 'warn',
  },

  PROVIDER_UNKNOWN: {
    status: 404,
    title: 'Unknown identity provider',
    public: 'There is no identity provider of that name here.',
    level: 'info',
  },
  NO_PROVIDER: {
    status: 503,
    title: 'Sign-in is not available',
    public: 'No identity provider is set up, or none could be reached yet.',
    level: 'warn',
  },
  SINGLE_LOGOUT_UNAVAILABLE: {
    status: 501,
    title: 'Single logout is not in this version',
    public: 'The gateway does not take logout messages yet. Your session here goes on until you end it.',
    level: 'info',
  },

  // Sign-in: an accepted identity that may not enter
  ACCOUNT_UNKNOWN: { ...SIGN_IN_FAILURE, public: 'There is no account for you here.' },
  ACCOUNT_DISABLED: { ...SIGN_IN_FAILURE, public: 'Your account is disabled.' },
  NO_ROLE: { ...SIGN_IN_FAILURE, public: 'Your account has no role here yet. An administrator must assign one.' },

  // Sessions and decisions
  SESSION_REQUIRED: { status: 401, title: 'Sign-in required', public: 'Sign in to go on.', level: 'debug' },
  DISABLED: { status: 403, title: 'Disabled', public: 'This is shown to you, but you may not use it.', level: 'info' },
  ROLE_MISSING: { status: 403, title: 'Role missing', public: 'None of your roles allows this.', level: 'info' },
  OBJECT_UNDETERMINED: {
    status: 403,
    title: 'Object not determined',
    public: 'The request does not say plainly what it is about.',
    level: 'info',
  },

  FIELD_HIDDEN: {
    status: 403,
    title: 'Hidden field',
    public: 'The request filters, sorts or searches by a field that is hidden from you.',
    level: 'info',
  },
  NOT_ENFORCEABLE_HERE: {
    status: 403,
    title: 'Not enforceable here',
    public: 'This can only be allowed where the gateway passes the answer on itself.',
    level: 'info',
  },

  /** To a proxy that knows no 404: nothing is there, or it may not be seen. */
  DENIED: { status: 403, title: 'Denied', public: 'There is nothing here for you.', level: 'debug' },

  // Upstream
  UPSTREAM_UNREACHABLE: {
    status: 502,
    title: 'Service not reachable',
    public: 'The service behind the gateway could not be reached.',
    level: 'warn',
  },
  UPSTREAM_INVALID: {
    status: 502,
    title: 'Bad answer from the service',
    public: 'The service behind the gateway gave an answer that cannot be passed on.',
    level: 'warn',
  },
  NOT_FILTERABLE: {
    status: 502,
    title: 'Answer withheld',
    public: 'The service behind the gateway gave an answer in which hidden content could not be found for certain.',
    level: 'warn',
  },
  CREDENTIAL_REFUSED: {
    status: 502,
    title: 'Service did not accept the gateway',
    public: "The service behind the gateway did not accept the gateway's own credential.",
    level: 'error',
  },
  UPSTREAM_TIMEOUT: {
    status: 504,
    title: 'Service did not answer',
    public: 'The service behind the gateway did not answer in time.',
    level: 'warn',
  },

  // Ourselves
  STORE_UNAVAILABLE: {
    status: 503,
    title: 'Not available',
    public: 'The gateway cannot reach its store. Try again shortly.',
    level: 'error',
    retryAfter: 2,
  },
  AUDIT_UNAVAILABLE: {
    status: 503,
    title: 'Not available',
    public: 'The gateway cannot record changes at the moment, so it lets none pass. Try again shortly.',
    level: 'error',
  },
  OVERLOADED: { status: 503, title: 'Busy', public: 'Too much at once. Try again shortly.', level: 'error' },
  SHUTTING_DOWN: { status: 503, title: 'Shutting down', public: 'The gateway is stopping.', level: 'info' },
  INTERNAL: { status: 500, title: 'Internal error', public: 'Something went wrong in the gateway.', level: 'error' },

  // Changes by an administrator (command, later the API)
  OPERATOR_UNKNOWN: declined(404, 'Unknown operator', 'There is no such operator.'),
  OPERATOR_EXISTS: declined(409, 'Operator exists', 'The operator is already there.'),
  ROLE_UNKNOWN: declined(404, 'Unknown role', 'There is no such role.'),
  SERVICE_UNKNOWN: declined(404, 'Unknown service', 'There is no such service.'),
  GRANT_EXISTS: declined(409, 'Role already granted', 'The operator has that role.'),
  GRANT_UNKNOWN: declined(404, 'Role not granted', 'The operator lacks that role.'),
  ROLE_LOCKED: declined(409, 'Role is locked', 'The identity provider asserts this role. Change it there first.'),
  KEY_WAITING: declined(409, 'A key is waiting', 'A new key of this kind is waiting for its first use.'),
  ROLE_INVALID: declined(400, 'Role refused', 'The role cannot be kept like that.'),
  ROLE_EXISTS: declined(409, 'Role exists', 'There is such a role already.'),
  ROLE_SHIPPED: declined(
    409,
    'Role is read-only',
    'This role comes with its profile and is not changed. Duplicate it.',
  ),
  ROLE_IN_USE: declined(409, 'Role in use', 'Somebody still has this role.'),
  RESOURCE_UNKNOWN: declined(404, 'Unknown resource', 'There is no such resource.'),
  GROUP_UNKNOWN: declined(404, 'Unknown group', 'There is no such group.'),
  GROUP_EXISTS: declined(409, 'Group exists', 'There is such a group already.'),
  GROUP_CYCLE: declined(409, 'Group above itself', 'A group cannot stand below itself.'),
  GROUP_IN_USE: declined(409, 'Group in use', 'Something still belongs to this group.'),
  MEMBERSHIP_UNKNOWN: declined(404, 'No member', 'The operator is no member there.'),
  OBJECT_UNKNOWN: declined(404, 'Unknown object', 'There is no such object.'),
  OBJECT_EXISTS: declined(409, 'Object exists', 'There is such an object already.'),
  OBJECT_TYPE_UNKNOWN: declined(404, 'Unknown object type', 'There is no such type.'),
  OBJECT_CHANGED: declined(409, 'Changed meanwhile', 'Somebody else has just changed this. Look again.'),
  OBJECT_PENDING: declined(
    409,
    'Change under way',
    'A change of this is under way or in doubt. Try again when it is settled.',
  ),
  OWNER_IN_USE: declined(409, 'Owns something', 'Something is still owned there. Say who is to have it.'),
  GUEST_FIXED: declined(409, 'A guest', 'A guest has the guest role of his service and nothing else.'),
  SELF_DELETION: declined(409, 'Your own account', 'Nobody deletes himself. Ask another administrator.'),
  DELEGATION_EXCEEDED: declined(403, 'More than you have', 'Nobody gives what he does not hold there himself.'),
  ACCESS_WIDENED: declined(403, 'Would give you access', 'You cannot give yourself access in this way.'),
  DIRECTORY_FILE_INVALID: declined(400, 'Directory file refused', 'The directory file is not well formed.'),
  DIRECTORY_FILE_REFUSED: declined(409, 'Directory file refused', 'The directory file does not fit the directory.'),
  LAST_ADMINISTRATOR: declined(
    409,
    'Last administrator',
    'This would leave the gateway without a usable administrator.',
  ),

  // Start and configuration
  CONFIG_INVALID: {
    status: 500,
    title: 'Configuration refused',
    public: 'The configuration is wrong.',
    level: 'error',
  },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERRORS

/** What a caller cannot handle, under a code of the catalogue. `detail` is for logs and administrators, never for the client. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly headers: Readonly<Record<string, string>>

  /** `headers` are sent with the answer, such as Retry-After or Allow. */
  constructor(
    code: ErrorCode,
    detail: string,
    { cause, headers = {} }: { cause?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail, cause === undefined ? undefined : { cause })
    this.code = code
    this.headers = headers
  }
}

/** The AppError that stands for anything thrown: itself, or INTERNAL with the thrown value as its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  return new AppError('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}
