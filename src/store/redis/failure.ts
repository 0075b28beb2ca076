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

/** Why a first connection came to nothing, as the end of a sentence about it; one line, no secrets. */
export function connectionProblem(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  const [line = ''] = error.message.split('\n', 1)
  const text = line.replace(/ Retrying from scratch after \d+ms\./, '')
  if (CREDENTIALS.test(text)) return `refuses the user or the password (${text})`
  if (CERTIFICATE.test(code)) {
    return `has a certificate that is not trusted (${code}); NODE_EXTRA_CA_CERTS names further authorities`
  }
  if (text.startsWith('Unknown RESP type')) return 'does not speak the protocol of Redis'
  if (isReply(error)) return `does not serve this: ${text}`
  return `cannot be reached: ${text}`
}

/** Whether the server said it, and not the connection. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}
