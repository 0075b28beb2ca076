/** The page of a demo service. Its links are relative, so they hold below any prefix. */

import type { IncomingHttpHeaders } from 'node:http'
import type { Response } from 'express'
import { type Html, html } from '../../core/html.ts'
import { sendPage } from '../page.ts'
import type { DemoRoute } from './routes.ts'
import type { DemoContent, DemoSystem } from './service.ts'
import type { Cell, Table } from './table.ts'
import type { Step } from './tour.ts'

/** Answers with the page: who is asking, the data, the endpoints. */
export function sendServicePage(
  response: Response,
  { system, content, headers }: { system: DemoSystem; content: DemoContent; headers: IncomingHttpHeaders },
): void {
  const data = isForNobody(headers) ? NO_DATA : content.sections.map(({ title, table }) => section(title, table))
  const body = html`<p class="quiet">${system.about}</p>
${identity(headers)}
${data}
${actions(content)}
${tour(content.tour)}
${endpoints(content.routes)}`
  sendPage(response, { title: system.title, kicker: 'Behind the gateway', body })
}

const NO_DATA = html`<section><h2>No data here</h2>
<p>This page is open to everybody. The endpoints below are not: open one, sign in, and see what your roles let through.</p></section>`

/** Whether the gateway let the request through without saying who asks, as it does on paths that are public. */
function isForNobody(headers: IncomingHttpHeaders): boolean {
  return headers['x-gatehouse-operator'] === ''
}

/** What the gateway sent along (contract: `X-Gatehouse-*`); nothing of it is checked here. */
function identity(headers: IncomingHttpHeaders): Html {
  const rows = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('x-gatehouse-') && value !== undefined
      ? [html`<tr><th scope="row"><code>${headerCase(name)}</code></th><td>${shown(name, String(value))}</td></tr>`]
      : [],
  )
  const table =
    rows.length > 0 ? html`<table>${rows}</table>` : html`<p>Nobody: this request did not come through the gateway.</p>`
  return html`<section><h2>Who the gateway says you are</h2>${table}</section>`
}

function headerCase(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
}

/** The token by its claims, everything else decoded: the gateway percent-encodes what is not printable ASCII. */
function shown(name: string, value: string): Html {
  if (value === '') return html`<span class="quiet">empty</span>`
  if (name !== 'x-gatehouse-assertion') return html`${percentDecoded(value)}`
  const claims = Buffer.from(value.split('.')[1] ?? '', 'base64url').toString('utf8')
  return html`<span class="quiet">signed token with the claims</span> <code>${claims}</code>`
}

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value // Not ours to judge: shown as it came.
  }
}

function section(title: string, table: Table): Html {
  const rows = table.rows()
  const columns = Object.keys(rows[0] ?? {})
  const head = columns.map((column) => html`<th scope="col">${column}</th>`)
  const lines = rows.map((row) => html`<tr>${columns.map((column) => html`<td>${text(row[column])}</td>`)}</tr>`)
  const content =
    rows.length > 0
      ? html`<table><thead><tr>${head}</tr></thead><tbody>${lines}</tbody></table>`
      : html`<p class="quiet">Nothing left. It comes back when the demo starts again.</p>`
  return html`<section><h2>${title}</h2>${content}</section>`
}

function text(cell: Cell | undefined): string {
  if (cell === undefined || cell === null) return '–'
  if (typeof cell === 'object') return cell.join(', ') || '–'
  return typeof cell === 'boolean' ? (cell ? 'yes' : 'no') : String(cell)
}

/** What to try. Whoever has signed in gets what stands in his column. */
function tour(steps: readonly Step[]): Html {
  const guests = steps.some(({ guest }) => guest !== undefined)
  const people = ['Ada', 'Otto', 'Sam', ...(guests ? ['a guest'] : [])]
  const cells = ({ ada, otto, sam, guest }: Step) =>
    [ada, otto, sam, ...(guests ? [guest ?? ''] : [])].map((status) => html`<td>${status}</td>`)
  const rows = steps.map((step) => html`<tr><td>${step.rule}</td><td>${attempt(step)}</td>${cells(step)}</tr>`)
  return html`<section><h2>What the rules do here</h2>
<p>Try them in this order; the columns say who gets what. What one may not see is 404, as if it were not there; what one sees and may not do is 403.</p>
<table><thead><tr><th scope="col">rule</th><th scope="col">request</th>${people.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></section>`
}

/** A link or a button where a browser can send it as it is; else the request. */
function attempt({ method, path, body }: Step): Html {
  const code = html`<code>${method} ${path}</code>`
  if (method === 'GET') return html`<a href="${path}">${code}</a>`
  if (method === 'POST' && body === undefined) {
    return html`<form method="post" action="${path}"><button type="submit">${code}</button></form>`
  }
  return body === undefined ? code : html`${code} <code>${JSON.stringify(body)}</code>`
}

function actions({ buttons }: DemoContent): Html {
  const forms = buttons.map(
    ({ label, path }) =>
      html`<form method="post" action="${relative(path)}"><button type="submit">${label}</button></form>`,
  )
  return html`<section><h2>Change something</h2><div class="actions">${forms}</div></section>`
}

function endpoints(routes: readonly DemoRoute[]): Html {
  const rows = routes.map(({ method, path, summary }) => {
    const name = html`<code>${relative(path)}</code>`
    const target = method === 'get' && !/\/[:*]/.test(path) ? html`<a href="${relative(path)}">${name}</a>` : name
    return html`<tr><td><code>${method.toUpperCase()}</code></td><td>${target}</td><td>${summary}</td></tr>`
  })
  return html`<section><h2>Endpoints</h2><table>${rows}</table></section>`
}

function relative(path: string): string {
  return path.slice(1)
}
