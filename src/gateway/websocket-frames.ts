/** WebSocket frames as far as a gateway must know them: where one ends, and how to say goodbye (RFC 6455 §5.2, §5.5.1, §7.4). */

/** 1001: the server goes away. 1008: policy, which is what the end of a session is. */
export type CloseCode = 1001 | 1008

export interface FrameFollower {
  /** Whether the last byte seen was the last one of a frame. */
  isBetweenFrames(): boolean
  /** Whether a close frame was seen. Nothing may follow it. */
  isClosed(): boolean
  /** Takes the next bytes; with `untilBoundary` only up to the end of a frame. Returns how many it took. */
  take(bytes: Buffer, untilBoundary?: boolean): number
}

/** Follows one direction of a connection, from its first frame on. */
export function frameFollower(): FrameFollower {
  const header = Buffer.alloc(LONGEST_HEADER)
  let headerBytes = 0
  let payloadLeft = 0
  let closed = false

  function takeHeaderByte(byte: number): void {
    header[headerBytes] = byte
    headerBytes += 1
    if (headerBytes < 2 || headerBytes < headerSize(header)) return
    payloadLeft = payloadSize(header)
    closed ||= (header.readUInt8(0) & OPCODE) === CLOSE
    headerBytes = 0
  }
  return {
    isBetweenFrames: () => headerBytes === 0 && payloadLeft === 0,
    isClosed: () => closed,
    take(bytes, untilBoundary = false) {
      let taken = 0
      while (taken < bytes.length) {
        if (payloadLeft > 0) {
          const step = Math.min(payloadLeft, bytes.length - taken)
          payloadLeft -= step
          taken += step
        } else {
          takeHeaderByte(bytes.readUInt8(taken))
          taken += 1
        }
        if (untilBoundary && headerBytes === 0 && payloadLeft === 0) break
      }
      return taken
    },
  }
}

/** A close frame as a server sends it. */
export function closeFrame(code: CloseCode): Buffer {
  const frame = Buffer.from([0x80 | CLOSE, 2, 0, 0])
  frame.writeUInt16BE(code, 2)
  return frame
}

const LONGEST_HEADER = 14
const OPCODE = 0x0f
const CLOSE = 0x8
const MASKED = 0x80
const LENGTH = 0x7f

function headerSize(header: Buffer): number {
  const second = header.readUInt8(1)
  const length = second & LENGTH
  const extended = length === 126 ? 2 : length === 127 ? 8 : 0
  return 2 + extended + ((second & MASKED) === 0 ? 0 : 4)
}

/** Beyond 2^53 a frame has no end that anybody will see. */
function payloadSize(header: Buffer): number {
  const length = header.readUInt8(1) & LENGTH
  if (length === 126) return header.readUInt16BE(2)
  return length === 127 ? Number(header.readBigUInt64BE(2)) : length
}
