/** The shipped unit file, as systemd reads it. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ROOT } from '../../support/process.ts'

const FILE = join(ROOT, 'config/examples/gatehouse.service')
const ANALYZE = 'systemd-analyze'
const missing = spawnSync(ANALYZE, ['--version']).status !== 0

describe('config/examples/gatehouse.service', { skip: missing && 'needs systemd-analyze' }, () => {
  it('has nothing that systemd does not understand', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-unit-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const here = join(folder, 'gatehouse.service')
    // The program is where this one is.
    writeFileSync(
      here,
      readFileSync(FILE, 'utf8').replaceAll('/opt/gatehouse/node_modules/.bin/node', process.execPath),
    )
    const { status, stderr } = spawnSync(ANALYZE, ['verify', '--man=no', here], { encoding: 'utf8' })
    assert.deepEqual([status, stderr], [0, ''])
  })

  it('leaves the process little that could be misused', () => {
    const { stdout, stderr } = spawnSync(ANALYZE, ['security', '--offline=true', FILE], { encoding: 'utf8' })
    const exposure = /Overall exposure level for gatehouse\.service: ([\d.]+)/.exec(stdout)?.[1]
    assert.ok(exposure !== undefined && Number(exposure) <= 2, `${exposure}: ${stderr}`)
  })
})
