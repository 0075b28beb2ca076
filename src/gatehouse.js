#!/usr/bin/env node
// Checks the version of Node.js before anything else is loaded, then runs the command.

const required = 24
const major = Number(process.versions.node.split('.')[0])

if (major < required) {
  process.stderr.write(
    `gatehouse needs Node.js ${required} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'After `npm ci`, `npm start` and `npx gatehouse` bring the right one along.\n',
  )
  process.exitCode = 2
} else {
  const { runCommand } = await import('./cli/program.ts')
  await runCommand(process.argv.slice(2))
}
