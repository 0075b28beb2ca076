/** `GET session`: who am I here, and for how long. JSON for programs, a page for readers; it never extends the session. */

import { type Request, Router } from 'express'
import type { Snapshot } from '../authz/model.ts'
import type { SessionConfig } from '../config/config.ts'
import { type Html, html } from '../core/html.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { Clock } from '../core/time.ts'
import type { OperatorFacts } from '../directory/operator-facts.ts'
import type { SiteOf } from '../gateway/site.ts'
import { wantsHtml } from '../http/negotiation.ts'
import { hiddenForm } from '../http/page.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import { describeSession, type SessionDescription } from '../session/inspection.ts'
import type { SessionService } from '../session/sessions.ts'
import { callerReader } from './callers.ts'

/** The inspection endpoint (contract section 2). */
export function sessionRoutes({
  siteOf,
  sessions,
  operators,
  settings,
  snapshot,
  respond,
  clock,
}: {
  siteOf: SiteOf
  sessions: SessionService
  operators: OperatorFacts
  settings: () => SessionConfig
  snapshot: () => Snapshot
  respond: Respond
  clock: Clock
}): Router {
  const callerOf = callerReader({ siteOf, sessions, operators })
  const describe = async (request: Request): Promise<SessionDescription | undefined> => {
    const caller = await callerOf(request)
    if (caller === undefined) return undefined
    return describeSession(caller.live, caller.operator, {
      now: clock.now(),
      offsetSeconds: settings().samlOffsetMinutes * 60,
      includeAttributes: request.query['attributes'] === '1',
      pathOf: (group) => snapshot().groups.get(group)?.path,
    })
  }
  const router = Router(EXACT_PATHS)
  router.get('/session', async (request, response) => {
    const description = await describe(request)
    if (!description) {
      const signInUrl = `${OWN_PREFIX}login?return_to=${encodeURIComponent(`${OWN_PREFIX}session`)}`
      const headers = { 'WWW-Authenticate': 'Session realm="gatehouse"' }
      respond.error(request, response, 'SESSION_REQUIRED', { signInUrl, headers })
    } else if (wantsHtml(request)) {
      respond.page(request, response, { title: 'Your session', body: sessionPage(description) })
    } else {
      respond.json(request, response, 200, description)
    }
  })
  return router
}

function sessionPage(description: SessionDescription): Html {
  const { operator } = description
  const roles = operator.roles.map(
    ({ name, service, locked }) =>
      html`<li><strong>${name}</strong>${service === null ? null : ` on ${service}`}${operator.source === 'saml' && locked ? ' (given by the identity provider)' : null}</li>`,
  )
  const rows: readonly (readonly [string, string | null])[] = [
    ['Signed in as', operator.account],
    ['Name', operator.displayName],
    ['E-mail', operator.email],
    ['Identity provider', description.identityProvider],
    ['Signed in', readableTime(description.signedInAt)],
    ['Last action', readableTime(description.lastActivityAt)],
    ['Ends', `${readableTime(description.expiresAt)}, in ${readableDuration(description.secondsLeft)}`],
    ['Decided by', DECIDED_BY[description.governedBy]],
  ]
  return html`<table>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value ?? '–'}</td></tr>`)}</table>
<h2>Roles</h2>
${roles.length === 0 ? html`<p class="notice">No role is assigned to you yet.</p>` : html`<ul>${roles}</ul>`}
${operator.source === 'guest' && html`<p><a class="button" href="${OWN_PREFIX}login">Sign in with an account</a></p>`}
${hiddenForm({ action: `${OWN_PREFIX}logout`, fields: {}, button: 'Sign out' })}`
}

const DECIDED_BY = {
  timeout: 'the time-out after the last action',
  'session-not-on-or-after': 'the identity provider',
  idle: 'the longest time without an action',
  absolute: 'the longest time of any session',
} as const satisfies Record<SessionDescription['governedBy'], string>

/** `2026-11-22 15:55 UTC` of an ISO 8601 time in UTC. */
function readableTime(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

function readableDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
