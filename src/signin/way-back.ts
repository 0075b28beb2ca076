/** Where a browser with a session goes: back to the page, or to another host of ours with the session handed over. */

import type { HandoffService } from '../session/handoffs.ts'

/** The address to send the browser to. `returnTo` is a path of ours or an address on a host of ours; `handoff`: see SignInRequest. */
export type WayBack = (
  sessionId: string,
  destination: { readonly returnTo: string; readonly handoff: string | undefined },
) => Promise<string>

/** Without a nonce nothing is handed over: the other host sends the browser here once more, with one. */
export function wayBack({ handoffs }: { handoffs: Pick<HandoffService, 'issue'> }): WayBack {
  return async (sessionId, { returnTo, handoff }) => {
    if (handoff === undefined || returnTo.startsWith('/')) return returnTo
    return handoffs.issue({ sessionId, target: new URL(returnTo), nonceHash: handoff })
  }
}
