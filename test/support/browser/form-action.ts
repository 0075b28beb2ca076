/** The directive `form-action` of a page's Content-Security-Policy, as Chrome enforces it: on the target and on every redirect. */

/** Whether a form of the page at `page` may post to `target`. Knows 'self', 'none', *, schemes and whole origins. */
export function formActionAllows(policies: string | undefined, page: URL, target: URL): boolean {
  return (policies ?? '').split(',').every((policy) => {
    const directives = policy.split(';').map((directive) => directive.trim().split(/\s+/))
    const sources = directives.find(([name]) => name?.toLowerCase() === 'form-action')?.slice(1)
    return sources === undefined || sources.some((source) => sourceMatches(source, page, target))
  })
}

function sourceMatches(source: string, page: URL, target: URL): boolean {
  if (source === "'self'") return target.origin === page.origin
  if (source === '*') return true
  if (/^[a-z]+:$/i.test(source)) return target.protocol === source.toLowerCase()
  return URL.parse(source)?.origin === target.origin
}
