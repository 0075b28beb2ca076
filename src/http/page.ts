/** The frame of the gateway's own pages. They work without script; script only presses a button that is there anyway. */

import { type Html, html } from '../core/html.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { Texts } from './texts/texts.ts'

export interface Page {
  readonly title: string
  readonly body: Html
  /** A script file of ours under `static/`. */
  readonly script?: string
}

/** A whole document in that language. */
export function renderPage({ title, body, script }: Page, language: Texts['language']): string {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Gatehouse</title>
<link rel="stylesheet" href="${OWN_PREFIX}static/gatehouse.css">
${script === undefined ? null : html`<script src="${OWN_PREFIX}static/${script}" defer></script>`}
</head>
<body>
<main>
<header><img src="${OWN_PREFIX}static/gatehouse.svg" alt="" width="28" height="28"><span>Gatehouse</span></header>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.html
}

/** A form of hidden fields with one button. With `script: 'submit.js'` on its page it sends itself. */
export function hiddenForm({
  action,
  fields,
  button,
}: {
  action: string
  fields: Readonly<Record<string, string>>
  button: string
}): Html {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<form method="post" action="${action}" data-submit>
${inputs}
<button type="submit">${button}</button>
</form>`
}
