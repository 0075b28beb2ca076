/** The frame of every page of the demo, with its own strict Content-Security-Policy. */

import { createHash } from 'node:crypto'
import type { Response } from 'express'
import { type Html, html } from '../core/html.ts'

export interface DemoPage {
  readonly title: string
  /** Stands above the title, such as the name of the product. */
  readonly kicker: string
  readonly body: Html
  /** HTTP status; 200 unless given. */
  readonly status?: number
  /** Where forms of the page may post, as CSP sources; only to itself unless given. */
  readonly formAction?: string
  /** Runs at the end of the page. */
  readonly script?: string
}

/** Answers with a whole document. No script runs but the given one, no style applies but the demo's. */
export function sendPage(response: Response, page: DemoPage): void {
  const { title, kicker, body, status = 200, formAction = "'self'", script } = page
  const policy = [
    "default-src 'none'",
    `style-src '${cspHash(STYLE)}'`,
    `script-src ${script === undefined ? "'none'" : `'${cspHash(script)}'`}`,
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  response.status(status)
  response.set({
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  })
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · demo</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<header><span>${kicker}</span><strong>Demo: invented data</strong></header>
<main>
<h1>${title}</h1>
${body}
</main>
${script === undefined ? null : html`<script>${{ html: script }}</script>`}
</body>
</html>
`
  response.send(document.html)
}

function cspHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2530; --quiet: #5d6b79; --line: #dbe2e9; --card: #fff; --ground: #f2f5f8; --accent: #14606b; --on-accent: #fff; --badge: #fff3d6; --badge-ink: #6b4700 }
@media (prefers-color-scheme: dark) { :root { --ink: #e7edf3; --quiet: #9fadba; --line: #2f3b47; --card: #19212a; --ground: #10161c; --accent: #67c3cf; --on-accent: #06181b; --badge: #40330f; --badge-ink: #f5d27a } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
body > header { display: flex; gap: 1rem; justify-content: space-between; align-items: center; padding: .8rem max(1.25rem, calc(50% - 29.75rem)); background: var(--card); border-bottom: 1px solid var(--line); color: var(--quiet); font-weight: 600 }
body > header strong { padding: .15rem .7rem; border-radius: 99px; background: var(--badge); color: var(--badge-ink); font-size: .85rem }
main { max-width: 62rem; margin: 0 auto; padding: 1.75rem 1.25rem 3rem }
h1 { margin: 0 0 .35rem; font-size: 1.75rem; line-height: 1.25 }
h2 { margin: 0 0 .7rem; font-size: 1.1rem }
p { margin: 0 0 1rem }
.quiet { color: var(--quiet) }
section { margin: 1.25rem 0 0; padding: 1.2rem 1.35rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow-x: auto }
table { width: 100%; border-collapse: collapse; font-size: .93rem }
th, td { padding: .4rem .9rem .4rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top }
thead th { border-top: 0; color: var(--quiet); font-weight: 600 }
td { overflow-wrap: anywhere }
th[scope=row] { white-space: nowrap }
section > :last-child { margin-bottom: 0 }
code { font: .9em ui-monospace, monospace }
a { color: var(--accent) }
input[type=text] { display: block; width: 100%; margin-top: .3rem; max-width: 26rem; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--ink); font: inherit; font-weight: 400 }
label { display: block; margin: 0 0 1rem; font-weight: 600 }
button { padding: .55rem 1rem; border: 0; border-radius: 8px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer }
button:focus-visible, a:focus-visible, input:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px }
.actions { display: flex; flex-wrap: wrap; gap: .6rem }
.people { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)) }
.people button { display: grid; align-content: start; padding: .9rem 1.1rem; text-align: left; border: 1px solid var(--line); background: var(--card); color: var(--ink) }
.people button:hover { border-color: var(--accent) }
.people small { display: block; color: var(--quiet); font-weight: 400 }
`
