/** The way back of a stripped prefix: paths that an upstream names in its header, as the browser must ask for them. */

export interface PrefixRules {
  /** What was taken off the path before forwarding, without a final slash; may be empty. */
  readonly strippedPrefix: string
  /** Origin of the upstream. */
  readonly upstreamOrigin: string
  /** Path under which the upstream lies, without a final slash; may be empty. */
  readonly upstreamBasePath: string
}

/** Location or Content-Location: absolute paths and URLs of this upstream are mapped, everything else stays. */
export function restoreLocation(value: string, rules: PrefixRules): string {
  if (value.startsWith('/') && !/^\/[/\\]/.test(value)) return restorePath(value, rules) ?? value
  if (!/^(?:https?:)?\/\//i.test(value) || !URL.canParse(value, rules.upstreamOrigin)) return value
  const url = new URL(value, rules.upstreamOrigin)
  if (url.origin !== rules.upstreamOrigin || url.username !== '' || url.password !== '') return value
  const path = restorePath(`${url.pathname}${url.search}${url.hash}`, rules)
  // `//x` at the front would be another host.
  return path === undefined || path.startsWith('//') ? value : path
}

/** Refresh: `5; url=/x`, with or without quotes. */
export function restoreRefresh(value: string, rules: PrefixRules): string {
  const parts = /^(\s*[\d.]*\s*[;,]\s*(?:url\s*=\s*)?)(["']?)([^"']*)(.*)$/is.exec(value)
  if (parts === null) return value
  const [, start = '', quote = '', url = '', end = ''] = parts
  return `${start}${quote}${restoreLocation(url.trim(), rules)}${end}`
}

/** Set-Cookie: its Path attribute. A `__Host-` cookie stays at `/`, where alone browsers take it. */
export function restoreCookiePath(setCookie: string, rules: PrefixRules): string {
  if (rules.strippedPrefix === '' && rules.upstreamBasePath === '') return setCookie
  if (/^\s*__host-/i.test(setCookie)) return setCookie
  return setCookie.replace(/(;\s*path\s*=\s*)(\/[^;]*)/gi, (all, name: string, path: string) => {
    const restored = restorePath(path, rules)
    return restored === undefined ? all : `${name}${restored}`
  })
}

/** The path as seen from outside; undefined when it lies outside the upstream's base path. */
function restorePath(path: string, { strippedPrefix, upstreamBasePath: base }: PrefixRules): string | undefined {
  if (base === '') return strippedPrefix + path
  if (path === base) return `${strippedPrefix}/`
  if (!path.startsWith(base) || !/^[/?#]/.test(path.slice(base.length))) return undefined
  const rest = path.slice(base.length)
  return strippedPrefix + (rest.startsWith('/') ? rest : `/${rest}`)
}
