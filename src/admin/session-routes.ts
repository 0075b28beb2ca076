/** `GET session`: who am I here, and for how long. JSON for programs, a page for readers; it never extends the session. */

import { type Request, Router } from 'express'
import type { Snapshot } from '../authz/model.ts'
import type { SessionConfig } from '../config/config.ts'
import { html } from '../core/html.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { Clock } from '../core/time.ts'
import type { OperatorFacts } from '../directory/operator-facts.ts'
import type { SiteOf } from '../gateway/site.ts'
import { wantsHtml } from '../http/negotiation.ts'
import { hiddenForm, type Page } from '../http/page.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import type { Texts } from '../http/texts/texts.ts'
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
      respond.page(request, response, (texts) => sessionPage(description, texts))
    } else {
      respond.json(request, response, 200, description)
    }
  })
  return router
}

function sessionPage(description: SessionDescription, { session, signOut }: Texts): Page {
  const { operator } = description
  const { rows: names } = session
  const roles = operator.roles.map(
    ({ name, service, locked }) =>
      html`<li><strong>${name}</strong>${service === null ? null : session.onService(service)}${operator.source === 'saml' && locked ? session.givenByProvider : null}</li>`,
  )
  const rows: readonly (readonly [string, string | null])[] = [
    [names.account, operator.account],
    [names.name, operator.displayName],
    [names.email, operator.email],
    [names.provider, description.identityProvider],
    [names.signedIn, readableTime(description.signedInAt)],
    [names.lastAction, readableTime(description.lastActivityAt)],
    [names.end, session.end(readableTime(description.expiresAt), readableDuration(description.secondsLeft))],
    [names.decidedBy, session.decidedBy[description.governedBy]],
  ]
  const body = html`<table>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value ?? '–'}</td></tr>`)}</table>
<h2>${session.roles}</h2>
${roles.length === 0 ? html`<p class="notice">${session.noRole}</p>` : html`<ul>${roles}</ul>`}
${operator.source === 'guest' && html`<p><a class="button" href="${OWN_PREFIX}login">${session.withAccount}</a></p>`}
${hiddenForm({ action: `${OWN_PREFIX}logout`, fields: {}, button: signOut.button })}`
  return { title: session.title, body }
}

/** `2026-11-22 15:55 UTC` of an ISO 8601 time in UTC. */
function readableTime(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

function readableDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
