/** One way to put something in front of a service, running and ready to be asked. */

export interface Contender {
  readonly name: string
  /** What is asked for; answered by the service behind. */
  readonly url: string
  /** The processes that count, with all that descend from them. */
  readonly pids: readonly number[]
  /** Cookie headers as browsers with a live session would send them now. */
  cookies(): readonly string[]
  stop(): Promise<void>
}

export interface ContenderOptions {
  /** An empty folder of its own. */
  readonly folder: string
  /** Origin of the service behind. */
  readonly upstream: string
  /** Writes a line for each request. */
  readonly accessLog: boolean
}

/** Path that is asked for, behind every contender. */
export const ASKED_PATH = '/app/licences'
