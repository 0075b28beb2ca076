/**
 * Answers that no honest service gives, each beside one that it might give and that differs from it in as little as can be. Bytes as
 * text in latin1.
 */

export interface HostileAnswer {
  readonly name: string
  readonly hostile: string
  readonly valid: string
  /** Status and body of the valid one; 200 and `hello` unless given. */
  readonly means?: readonly [status: number, body: string]
  readonly method?: string
}

const OK = 'HTTP/1.1 200 OK\r\n'
const HELLO = 'Content-Length: 5\r\n\r\nhello'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const END = '\r\n0\r\n\r\n'

const status = (name: string, hostile: string, valid = 'HTTP/1.1 200 OK'): HostileAnswer => ({
  name,
  hostile: `${hostile}\r\n${HELLO}`,
  valid: `${valid}\r\n${HELLO}`,
})

export const STATUS_LINES: readonly HostileAnswer[] = [
  status('HTTP/0.9', 'HTTP/0.9 200 OK'),
  status('HTTP/1.2', 'HTTP/1.2 200 OK', 'HTTP/1.0 200 OK'),
  status('HTTP/2.0', 'HTTP/2.0 200 OK'),
  status('a version with a leading zero', 'HTTP/01.1 200 OK'),
  status('a version in lower case', 'http/1.1 200 OK'),
  status('another protocol', 'RTSP/1.0 200 OK'),
  status('two spaces before the status', 'HTTP/1.1  200 OK'),
  status('a tab before the status', 'HTTP/1.1\t200 OK'),
  status('a space in front', ' HTTP/1.1 200 OK'),
  status('an empty line in front', '\r\nHTTP/1.1 200 OK'),
  status('a status of two digits', 'HTTP/1.1 20 OK'),
  status('a status of four digits', 'HTTP/1.1 2000 OK'),
  status('a status below 100', 'HTTP/1.1 099 OK', 'HTTP/1.1 200 099'),
  status('a status with a letter', 'HTTP/1.1 2x0 OK'),
  status('a status with a sign', 'HTTP/1.1 +20 OK'),
  status('no status', 'HTTP/1.1 OK', 'HTTP/1.1 200'),
  status('NUL in the reason', 'HTTP/1.1 200 O\0K', 'HTTP/1.1 200 O K'),
  status('a control character in the reason', 'HTTP/1.1 200 \x1bK', 'HTTP/1.1 200 \xe9K'),
  status('a bare CR in the reason', 'HTTP/1.1 200 O\rK', 'HTTP/1.1 200 O\tK'),
  { name: 'a status line that ends with LF', hostile: `HTTP/1.1 200 OK\n${HELLO}`, valid: OK + HELLO },
  { name: 'nothing but lines that end with LF', hostile: (OK + HELLO).replaceAll('\r', ''), valid: OK + HELLO },
  { name: 'a TLS record', hostile: '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', valid: OK + HELLO },
]

const field = (name: string, hostile: string, valid: string): HostileAnswer => ({
  name,
  hostile: `${OK}${hostile}\r\n${HELLO}`,
  valid: `${OK}${valid}\r\n${HELLO}`,
})

export const FIELDS: readonly HostileAnswer[] = [
  field('a space before the colon', 'X-A : 1', 'X-A: 1'),
  field('a tab before the colon', 'X-A\t: 1', 'X-A:\t1'),
  field('no name', ': 1', 'X: 1'),
  field('no colon', 'X-A', 'X-A:'),
  field('a name in brackets', '(X): 1', "!#$%&'*+-.^_`|~: 1"),
  field('a name with a space', 'X A: 1', 'X-A: 1'),
  field('a name beyond ASCII', 'X-\xc4: 1', 'X-A: \xc4'),
  field('NUL in a name', 'X-\0A: 1', 'X-A: 1'),
  field('a folded value', 'X-A: 1\r\n 2', 'X-A: 1 2'),
  field('a value folded by a tab', 'X-A: 1\r\n\t2', 'X-A: 1\t2'),
  field('a fold right behind the status line', ' X-A: 1', 'X-A: 1'),
  field('a folded Content-Length', 'Content-Length:\r\n 7', 'X-Length:7'),
  field('NUL in a value', 'X-A: 1\x002', 'X-A: 1 2'),
  field('a control character in a value', 'X-A: \x01', 'X-A: \x80'),
  field('DEL in a value', 'X-A: \x7f', 'X-A: ~'),
  field('a bare CR in a value', 'X-A: 1\rX-B: 2', 'X-A: 1\r\nX-B: 2'),
  field('a bare LF between fields', 'X-A: 1\nX-B: 2', 'X-A: 1\r\nX-B: 2'),
  field('CR CR LF', 'X-A: 1\r', 'X-A: 1'),
  field('LF CR', 'X-A: 1\n\r', 'X-A: 1'),
  field('a header that is too long by one field', `X-A: ${'a'.repeat(65_536)}`, `X-A: ${'a'.repeat(65_000)}`),
  field(
    'a header that is too long by many',
    'X-A: 1\r\n'.repeat(9000).slice(0, -2),
    'X-A: 1\r\n'.repeat(8000).slice(0, -2),
  ),
]

const length = (name: string, ...lines: readonly [string, ...string[]]): HostileAnswer => ({
  name,
  hostile: `${OK}${lines.map((line) => `${line}\r\n`).join('')}\r\nhello`,
  valid: `${OK}content-length: 5\r\n\r\nhello`,
})

export const LENGTHS: readonly HostileAnswer[] = [
  length('two different lengths', 'Content-Length: 5', 'Content-Length: 6'),
  length('two equal lengths', 'Content-Length: 5', 'Content-Length: 5'),
  length('two lengths in different spellings', 'content-length: 5', 'CONTENT-LENGTH: 5'),
  length('a list of lengths', 'Content-Length: 5, 5'),
  length('a length with a sign', 'Content-Length: +5'),
  length('a negative length', 'Content-Length: -5'),
  length('a length with a point', 'Content-Length: 5.0'),
  length('a length in hexadecimal', 'Content-Length: 0x5'),
  length('a length with an exponent', 'Content-Length: 5e0'),
  length('a length of two words', 'Content-Length: 5 5'),
  length('an empty length', 'Content-Length:'),
  length('a length with something behind it', 'Content-Length: 5a'),
  length('a length in quotes', 'Content-Length: "5"'),
  length('a length beyond all numbers', 'Content-Length: 18446744073709551621'),
  length('digits that are none', 'Content-Length: \xb5'),
  length('a length behind a vertical tab', 'Content-Length: \x0b5'),
  length('a length behind a no-break space', 'Content-Length: \xa05'),
  length('a length before a space', 'Content-Length: 5 '),
  length('a length before a tab', 'Content-Length: 5\t'),
]

const coding = (name: string, ...lines: readonly [string, ...string[]]): HostileAnswer => ({
  name,
  hostile: `${OK}${lines.map((line) => `${line}\r\n`).join('')}\r\n5\r\nhello${END}`,
  valid: `${OK}transfer-encoding:  Chunked \r\n\r\n5\r\nhello${END}`,
})

export const CODINGS: readonly HostileAnswer[] = [
  coding('a length before the coding', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  coding('a length behind the coding', 'Transfer-Encoding: chunked', 'Content-Length: 5'),
  coding('a length of 0 beside the coding', 'Transfer-Encoding: chunked', 'Content-Length: 0'),
  coding('chunked twice', 'Transfer-Encoding: chunked, chunked'),
  coding('chunked in two fields', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  coding('another coding before it', 'Transfer-Encoding: gzip, chunked'),
  coding('another coding behind it', 'Transfer-Encoding: chunked, gzip'),
  coding('another coding alone', 'Transfer-Encoding: gzip'),
  coding('identity', 'Transfer-Encoding: identity'),
  coding('identity in a second field', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
  coding('a coding that begins like it', 'Transfer-Encoding: chunkedx'),
  coding('a coding that ends like it', 'Transfer-Encoding: xchunked'),
  coding('a parameter', 'Transfer-Encoding: chunked;q=1'),
  coding('a comma behind it', 'Transfer-Encoding: chunked,'),
  coding('quotes around it', 'Transfer-Encoding: "chunked"'),
  coding('a vertical tab before it', 'Transfer-Encoding: \x0bchunked'),
  coding('a no-break space before it', 'Transfer-Encoding: \xa0chunked'),
  coding('a tab behind it', 'Transfer-Encoding: chunked\t'),
  coding('a space and a tab behind it', 'Transfer-Encoding: chunked \t'),
  coding('an empty coding', 'Transfer-Encoding:'),
  {
    name: 'the coding in HTTP/1.0',
    hostile: `${CHUNKED.replace('1.1', '1.0')}5\r\nhello${END}`,
    valid: `${CHUNKED}5\r\nhello${END}`,
  },
]

const chunk = (name: string, hostile: string, valid = `5\r\nhello${END}`): HostileAnswer => ({
  name,
  hostile: CHUNKED + hostile,
  valid: CHUNKED + valid,
})

export const CHUNKS: readonly HostileAnswer[] = [
  chunk('a size that is no number', `g\r\nhello${END}`),
  chunk('an empty size', `\r\nhello${END}`),
  chunk('a size with a sign', `+5\r\nhello${END}`),
  chunk('a negative size', `-5\r\nhello${END}`),
  chunk('a size with its base', `0x5\r\nhello${END}`),
  chunk('a space before the size', ` 5\r\nhello${END}`),
  chunk('a space behind the size', `5 \r\nhello${END}`),
  chunk('a size that would overflow', `10000000000000005\r\nhello${END}`, `00000005\r\nhello${END}`),
  chunk('a size of more digits than a number has', `00000000000005\r\nhello${END}`, `0000000000005\r\nhello${END}`),
  chunk('a size that ends with LF', `5\nhello${END}`),
  chunk('a size that ends with CR', `5\rhello${END}`),
  chunk('a chunk that is longer than its size', `5\r\nhello!${END}`, `6\r\nhello!${END}`),
  chunk('a chunk that ends with LF', '5\r\nhello\n0\r\n\r\n'),
  chunk('a chunk that ends with CR', '5\r\nhello\r0\r\n\r\n'),
  chunk('an extension without a name', `5;\r\nhello${END}`, `5;a\r\nhello${END}`),
  chunk('an extension with a space', `5; a=b\r\nhello${END}`, `5;a=b\r\nhello${END}`),
  chunk('an extension with a control character', `5;a=\x01\r\nhello${END}`, `5;a="\t"\r\nhello${END}`),
  chunk('an extension with a bare LF', `5;a\nb\r\nhello${END}`, `5;a;b\r\nhello${END}`),
  chunk('an extension with an open quote', `5;a="b\r\nhello${END}`, `5;a="b"\r\nhello${END}`),
  chunk(
    'an extension that is too long',
    `5;a=${'b'.repeat(2000)}\r\nhello${END}`,
    `5;a=${'b'.repeat(900)}\r\nhello${END}`,
  ),
  chunk(
    'more extensions than anybody needs',
    `${`1;a=${'b'.repeat(900)}\r\nx\r\n`.repeat(20)}0\r\n\r\n`,
    `1\r\nh\r\n4;a=${'b'.repeat(900)}\r\nello${END}`,
  ),
  chunk('a last chunk that ends with LF', '5\r\nhello\r\n0\n\n'),
].map((each) => (each.name === 'a chunk that is longer than its size' ? { ...each, means: [200, 'hello!'] } : each))

const trailer = (name: string, hostile: string, valid: string): HostileAnswer => ({
  name,
  hostile: `${CHUNKED}5\r\nhello\r\n0\r\n${hostile}\r\n\r\n`,
  valid: `${CHUNKED}5\r\nhello\r\n0\r\n${valid}\r\n\r\n`,
})

export const TRAILERS: readonly HostileAnswer[] = [
  trailer('without a colon', 'X-A', 'X-A:'),
  trailer('with a space before the colon', 'X-A : 1', 'X-A: 1'),
  trailer('folded', 'X-A: 1\r\n 2', 'X-A: 1\r\nX-B: 2'),
  trailer('with NUL', 'X-A: \0', 'X-A: 0'),
  trailer('with a bare LF', 'X-A: 1\nX-B: 2', 'X-A: 1\r\nX-B: 2'),
  trailer('with a length', 'Content-Length: 3', 'X-Content-Length: 3'),
  trailer('with a coding', 'transfer-encoding: chunked', 'X-Transfer-Encoding: chunked'),
  trailer('that begin with a status line', 'HTTP/1.1 200 OK', 'HTTP: /1.1 200 OK'),
  trailer('that are too long', `X-A: ${'a'.repeat(70_000)}`, `X-A: ${'a'.repeat(60_000)}`),
  trailer('that are too many', `${'X-A: 1\r\n'.repeat(9000)}X-B: 1`, `${'X-A: 1\r\n'.repeat(8000)}X-B: 1`),
]

const FINAL = OK + HELLO

export const INTERIMS: readonly HostileAnswer[] = [
  {
    name: '101 that nobody asked for',
    hostile: 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    valid: `HTTP/1.1 102 Processing\r\n\r\n${FINAL}`,
  },
  {
    name: 'a flood of them',
    hostile: 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(101) + FINAL,
    valid: 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100) + FINAL,
  },
  {
    name: 'one with a body',
    hostile: `HTTP/1.1 100 Continue\r\n${HELLO}${FINAL}`,
    valid: `HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n${FINAL}`,
  },
  {
    name: 'one in chunks',
    hostile: `HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${FINAL}`,
    valid: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${FINAL}`,
  },
  {
    name: 'one in HTTP/1.0',
    hostile: `HTTP/1.0 100 Continue\r\n\r\n${FINAL}`,
    valid: `HTTP/1.1 100 Continue\r\n\r\n${FINAL}`,
  },
]
