#!/usr/bin/env node
// Checks the version of Node.js before anything else is loaded, then runs the command.

import { join } from 'node:path'

const required = 24
const major = Number(process.versions.node.split('.')[0])

if (major < required) {
  process.stderr.write(
    `gatehouse needs Node.js ${required} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'After `npm ci`, `npm start` and `npx gatehouse` bring the right one along.\n',
  )
  process.exitCode = 2
} else {
  const { setFlagsFromString } = await import('node:v8')
  // Without these, V8 drops code and object shapes that nobody needed for a while, and gives memory back; the requests after a quiet
  // minute would then cost several times as much.
  setFlagsFromString('--no-flush-bytecode')
  setFlagsFromString(`--gc-memory-reducer-start-delay-ms=${2 ** 31 - 1}`)
  const { enableCompileCache } = await import('node:module')
  // Half the time of a short command goes into compiling; where the folder cannot be written, it is compiled each time.
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/gatehouse'))
  const { runCommand } = await import('./cli/program.ts')
  await runCommand(process.argv.slice(2))
}
