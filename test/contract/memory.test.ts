/** The memory store against the contract. */

import { describe } from 'node:test'

import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { storeContract } from './store.ts'

describe('memory store', () => {
  storeContract(async (t) => {
    const store = memoryStore()
    t.after(() => store.close())
    return store
  })
})
