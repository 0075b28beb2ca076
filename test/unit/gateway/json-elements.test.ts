import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Elements, withoutElements } from '../../../src/gateway/operations/json-elements.ts'

const at = (pointer: string, ...ids: string[]): Elements => ({ pointer, ids: new Set(ids) })

const CASES: readonly (readonly [text: string, lists: readonly Elements[], left: string])[] = [
  ['["a","b"]', [at('/*', 'a')], '["b"]'],
  ['{"d":["a","b","a"],"e":["a"]}', [at('/d/*', 'a')], '{"d":["b"],"e":["a"]}'],
  ['{"d":[{"id":"a","x":{"y":[1]}},{"id":"b"}]}', [at('/d/*/id', 'a')], '{"d":[{"id":"b"}]}'],
  ['{"g":[{"d":["a","b"]},{"d":["b"]}]}', [at('/g/*/d/*', 'b')], '{"g":[{"d":["a"]},{"d":[]}]}'],
  ['{"d":[7,"7",70,7.0]}', [at('/d/*', '7')], '{"d":[70]}'],
  ['{"d":{"k":"a","l":"b"}}', [at('/d/*', 'a')], '{"d":{"l":"b"}}'],
  ['{"d/e":["a","b"]}', [at('/d~1e/*', 'b')], '{"d/e":["a"]}'],
  ['{"d":["a"],"p":["a","c"]}', [at('/d/*', 'a'), at('/p/*', 'c')], '{"d":[],"p":["a"]}'],
  ['{"d":"a","x":null}', [at('/d/*', 'a'), at('/n/*', 'a')], '{"d":"a","x":null}'],
  [
    '{ "__proto__" : [ 1.50, 1e400, "\\u0041" ], "d" : [ "\\u0061" , "b" ] }',
    [at('/d/*', 'a')],
    '{"__proto__":[1.50,1e400,"\\u0041"],"d":["b"]}',
  ],
]

for (const [text, lists, left] of CASES) {
  test(`${text} without ${lists.map(({ pointer, ids }) => `${[...ids]} at ${pointer}`).join(' and ')}`, () => {
    assert.equal(withoutElements(text, lists), left)
  })
}
