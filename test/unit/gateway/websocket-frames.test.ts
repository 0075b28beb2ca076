import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { closeFrame, frameFollower } from '../../../src/gateway/websocket-frames.ts'
import { fc } from '../../support/properties.ts'
import { clientFrame, readFrames, serverFrame } from '../../support/websocket.ts'

describe('the follower of frames', () => {
  const sizes = fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 65_535, 65_536, 70_000))

  test('knows every boundary, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 6 }), fc.array(fc.nat(200_000), { maxLength: 20 }), (lengths, cuts) => {
        const frames = lengths.map((length) => serverFrame(Buffer.alloc(length)))
        const bytes = Buffer.concat(frames)
        const ends = new Set([0])
        let end = 0
        for (const frame of frames) {
          end += frame.length
          ends.add(end)
        }
        const follower = frameFollower()
        let from = 0
        for (const to of [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted((a, b) => a - b)) {
          assert.equal(follower.take(bytes.subarray(from, to)), to - from)
          assert.equal(follower.isBetweenFrames(), ends.has(to))
          from = to
        }
      }),
    )
  })

  test('takes only up to the end of a frame when told so', () => {
    const follower = frameFollower()
    const frame = serverFrame(Buffer.alloc(300))
    follower.take(frame.subarray(0, 3))
    assert.equal(follower.take(Buffer.concat([frame.subarray(3), frame]), true), frame.length - 3)
    assert.equal(follower.isBetweenFrames(), true)
    assert.equal(follower.take(Buffer.concat([serverFrame(Buffer.alloc(0)), frame]), true), 2)
  })

  test('sees a close frame, masked ones too, and no other', () => {
    for (const [frame, closed] of [
      [serverFrame(Buffer.alloc(2), 8), true],
      [serverFrame(Buffer.alloc(0), 8), true],
      [clientFrame('bye', 8), true],
      [serverFrame(Buffer.from([0x88, 2]), 2), false],
      [serverFrame(Buffer.alloc(0), 9), false],
    ] as const) {
      const follower = frameFollower()
      follower.take(frame)
      assert.deepEqual([follower.isClosed(), follower.isBetweenFrames()], [closed, true])
    }
  })

  test('is never done with a frame of impossible length', () => {
    const follower = frameFollower()
    follower.take(Buffer.from([0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    follower.take(Buffer.alloc(100_000))
    assert.equal(follower.isBetweenFrames(), false)
  })
})

test('a close frame carries its code', () => {
  const { frames, left } = readFrames(closeFrame(1008))
  assert.deepEqual([frames[0]?.opcode, frames[0]?.payload.readUInt16BE(), frames.length, left], [8, 1008, 1, 0])
})
