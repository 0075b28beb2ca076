/** What there is to try at a demo service: one request a rule, and what each of the demo's people gets, and a guest where there is one. */

/** A status of HTTP. */
type Status = 200 | 201 | 204 | 207 | 403 | 404 | 410

export interface Step {
  /** What it shows, in the words of the product. */
  readonly rule: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the service's prefix, without a slash in front. */
  readonly path: string
  /** Goes as JSON. */
  readonly body?: unknown
  readonly ada: Status
  readonly otto: Status
  readonly sam: Status
  /** Where the service admits guests. */
  readonly guest?: Status
}

/** A step: what it shows, `METHOD path`, what Ada, Otto, Sam and perhaps a guest get, and what the request says. */
export function step(
  rule: string,
  line: `${Step['method']} ${string}`,
  [ada, otto, sam, guest]: readonly [ada: Status, otto: Status, sam: Status, guest?: Status],
  body?: unknown,
): Step {
  const [method, path] = line.split(' ')
  return {
    rule,
    method: METHODS.find((each) => each === method) ?? 'GET',
    path: path ?? '',
    ada,
    otto,
    sam,
    ...(guest === undefined ? {} : { guest }),
    ...(body === undefined ? {} : { body }),
  }
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const
