// Keys pressed between two rooms: auditor/ui/components/review/late.js.

import assert from 'node:assert/strict'
import { test } from 'node:test'

const { Late } = await import(new URL('../../../../auditor/ui/components/review/late.js', import.meta.url))

const clocked = () => {
  const clock = { now: 0 }
  return [clock, new Late(['note'], () => clock.now)]
}

test('keys are carried out once, in order, where the face in focus is the one that was left', () => {
  const [, late] = clocked()
  late.keep(['label', 1])
  late.keep(['decide', 'skip'])
  assert.deepEqual(late.take(true), { carry: [['label', 1], ['decide', 'skip']], dropped: 0 })
  assert.deepEqual(late.take(true), { carry: [], dropped: 0 })
})

test('on another page, or long afterwards, none is carried out', () => {
  const [clock, late] = clocked()
  late.keep(['label', 1])
  assert.deepEqual(late.take(false), { carry: [], dropped: 1 })
  late.keep(['label', 1])
  clock.now = 5000
  late.keep(['label', 2])
  assert.deepEqual(late.take(true), { carry: [], dropped: 2 })
})

test('what is typed after a key that opens a field never becomes a decision', () => {
  const [, late] = clocked()
  for (const words of [['label', 1], ['note'], ['decide', 'ambiguous'], ['label', 2]]) late.keep(words)
  assert.deepEqual(late.take(true), { carry: [['label', 1]], dropped: 3 })
})
