/** What a Redis or the way to it threw, in the words of the house. */

/** Whose fault it is: `away` nobody answers for the data; `wrong-type` the key holds something else; `refused` anything else it said no to. */
export type RedisFailure = 'away' | 'wrong-type' | 'refused'

/** Answers of a server that cannot serve now, whatever it is asked. */
const NOT_NOW = /^(?:LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|READONLY)\b/

/** The kind of a failure. */
export function redisFailure(error: unknown): RedisFailure {
  if (!isReply(error)) return 'away'
  if (error.message.includes('WRONGTYPE')) return 'wrong-type'
  return NOT_NOW.test(error.message) ? 'away' : 'refused'
}

const CREDENTIALS = /^(?:WRONGPASS|NOAUTH|ERR invalid password|ERR (?:Client sent AUTH|AUTH))/
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/
/** What ioredis says when no sentinel was of use; it ends with why the last one was not. */
const SENTINELS = /^All sentinels are unreachable\b.*?(?: Last error: (.*))?$/
const NO_MASTER = /^ERR No such master\b/

/** Why a first connection came to nothing, as the end of a sentence about it; one line, no secrets. */
export function connectionProblem(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  const [line = ''] = error.message.split('\n', 1)
  const sentinels = SENTINELS.exec(line)
  if (sentinels !== null) return sentinelProblem(sentinels[1])
  return serverProblem(line, code) ?? (isReply(error) ? `does not serve this: ${line}` : `cannot be reached: ${line}`)
}

function sentinelProblem(last: string | undefined): string {
  if (last === undefined || NO_MASTER.test(last)) return 'has sentinels that know no master of that name'
  const problem = serverProblem(last, '')
  return problem === undefined ? `cannot be reached: no sentinel is of use: ${last}` : `has a sentinel that ${problem}`
}

/** What is wrong with a server that somebody answers at. */
function serverProblem(text: string, code: string): string | undefined {
  if (CREDENTIALS.test(text)) return `refuses the user or the password (${text})`
  if (CERTIFICATE.test(code)) {
    return `has a certificate that is not trusted (${code}); NODE_EXTRA_CA_CERTS names further authorities`
  }
  return text.startsWith('Unknown RESP type') ? 'does not speak the protocol of Redis' : undefined
}

/** Whether the server said it, and not the connection. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}
