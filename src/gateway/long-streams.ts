/** What outlives its request: tunnels and event streams. They end with their session, and when the process stops. */

import type { SessionService } from '../session/sessions.ts'
import type { Session } from '../store/ports.ts'

export type StreamEnd = 'session-over' | 'going-away'

/** The session under which a stream was opened, and what opened it. */
export interface StreamSession {
  readonly session: Session
  readonly cookieHeader: string | undefined
  /** The other host that the cookie was sent to; null: that of publicUrl. */
  readonly host: string | null
}

export interface LongStream {
  /** What it rests on; undefined for one that needs no session. */
  readonly under: StreamSession | undefined
  /** Called at most once. */
  readonly end: (why: StreamEnd) => void
}

export interface LongStreams {
  /** Keeps an eye on a stream until what it returns is called. */
  open(stream: LongStream): () => void
  /** Ends all that are open and all that come later: the process stops. */
  endAll(): void
}

/** The streams of one process, across configurations. */
export function longStreams({ sessions }: { sessions: Pick<SessionService, 'watch'> }): LongStreams {
  const open = new Set<() => void>()
  let stopping = false
  return {
    open({ under, end }) {
      const stopWatching =
        under && sessions.watch(under.session, under.cookieHeader, () => leave('session-over'), under.host)
      const goAway = () => leave('going-away')
      function close(): boolean {
        stopWatching?.()
        return open.delete(goAway)
      }
      function leave(why: StreamEnd): void {
        if (close()) end(why)
      }
      open.add(goAway)
      if (stopping) process.nextTick(goAway)
      return close
    },
    endAll() {
      stopping = true
      for (const goAway of [...open]) goAway()
    },
  }
}
