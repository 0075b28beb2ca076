/** The responses that a server has under way. */

import type { ServerResponse } from 'node:http'

export interface UnderWay {
  /** Counts the response in until it is closed. */
  add(response: ServerResponse): void
  /** The latest first. */
  all(): readonly ServerResponse[]
}

interface Link {
  readonly response: ServerResponse
  before: Link | null
  after: Link | null
}

/**
 * Links and not a Set: V8 replaces the table of a busy Set time and again, and each keeps the next one alive. Behind one
 * that has grown old, a third of all requests to come would survive the small collections, which then take twenty times as
 * long.
 */
export function responsesUnderWay(): UnderWay {
  let last: Link | null = null
  /** What is out holds on to nothing that is in. */
  function takeOut(link: Link): void {
    if (link.before !== null) link.before.after = link.after
    if (link.after !== null) link.after.before = link.before
    else last = link.before
    link.before = null
    link.after = null
  }
  return {
    add(response) {
      const link: Link = { response, before: last, after: null }
      if (last !== null) last.after = link
      last = link
      // Comes once.
      response.on('close', () => takeOut(link))
    },
    all() {
      const found: ServerResponse[] = []
      for (let link = last; link !== null; link = link.before) found.push(link.response)
      return found
    },
  }
}
