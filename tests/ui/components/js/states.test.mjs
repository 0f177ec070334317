// What holds for each face: the server's word with the queue on top, and what others made of it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Final } from '../../../../auditor/ui/components/review/final.js'
import { Others } from '../../../../auditor/ui/components/review/others.js'
import { commit, fold, leaveOut } from '../../../../auditor/ui/components/review/states.js'

const page = { name: ['a', 'b', 'a'], repeat: [2], given: [1, 2, 1], row: [] }
const op = (id, names, more) => ({ kind: 'decide', id, names, mode: 'open', who: 'ada', ...more })

test('operations fold over what is known, repeats apart, until an undo that names them', () => {
  const known = { states: {}, repeats: {} }
  const ops = [op('1', ['a'], { action: 'keep' }), op('2', ['a'], { action: 'relabel', label: 4, mode: 'repeat' }), op('3', ['b'], { action: 'skip' })]
  const states = fold(known, page, ops, 'ada')
  assert.deepEqual(states.map((state) => state?.slice(0, 2)), [['keep', 1], ['skip', null], ['relabel', 4]])
  const undone = fold(known, page, [...ops, { kind: 'undo', target: '1' }, { kind: 'undo', target: 'elsewhere' }], 'ada')
  assert.deepEqual(undone.map((state) => state?.[0]), [undefined, 'skip', 'relabel'])
  commit(known, page, ops, 'ada')
  assert.deepEqual(fold(known, page, [], 'ada'), states)
})

test('a face that is called ambiguous in blind mode takes no label', () => {
  const blind = { name: ['a'], repeat: [], given: null, row: [] }
  assert.equal(fold({ states: {}, repeats: {} }, blind, [op('1', ['a'], { action: 'ambiguous', label: null })], 'ada')[0][1], null)
})

test('others are asked for well within five seconds, while there is a page', () => {
  const real = globalThis.setTimeout
  const waits = []
  globalThis.setTimeout = (act, after) => waits.push(after)
  try {
    new Others({ me: () => 'ada', tab: 'tabone', found: () => {} }).begin({ changes: '/c/', name: ['a'], row: [0] }, 7)
    new Others({ me: () => 'ada', tab: 'tabone', found: () => {} }).begin({ changes: null, name: ['a'], row: null }, 7)
  } finally {
    globalThis.setTimeout = real
  }
  assert.equal(waits.length, 1)
  assert.ok(waits[0] <= 4000)
})

test("somebody else's decision is marked once, until it is answered", () => {
  const found = []
  const others = new Others({ me: () => 'ada', tab: 'tabone', found: (states) => found.push(states) })
  const drawn = { changes: null, row: [] }
  others.begin(drawn, 7)
  const bob = ['b', 'bob', 'tabtwo', 'relabel', 1, 3, ['relabel', 1, null, null, [], 'bob', 8], 8]
  others.take({ seq: 8, changed: [bob, ['a', 'ada', 'tabone', 'keep', 1, 1, [], 6]] }, drawn)
  assert.deepEqual(Object.keys(found[0]), ['b'])
  assert.equal(others.words('b', ['joy', 'fear']), 'bob → fear')
  assert.match(others.sentence(others.unseen('b'), ['joy', 'fear']), /^bob relabelled this to fear 3 s ago$/)
  others.seen('b')
  assert.equal(others.unseen('b'), null)
  others.overrule('b')
  others.spot({ b: ['relabel', 1, null, null, [], 'bob', 8] }) // an answer from before
  assert.equal(others.words('b', []), '')
  others.spot({ b: ['exclude', null, null, null, [], 'bob', 9], a: ['keep', 1, null, null, [], 'bob', 6] })
  assert.equal(others.unseen('b').act, 'exclude')
  assert.equal(others.unseen('a'), null) // on the page since it was drawn
})

test('a final decision stands whatever is decided after it, and says whose it is until its reader was told', () => {
  const final = ['relabel', 1, null, null, [], 'Ada', 8, true]
  const known = { states: { b: final }, repeats: {} }
  const after = fold(known, page, [op('1', ['b'], { action: 'exclude' }), op('2', ['b'], { action: 'tag', text: 'blurred' })], 'bob')
  assert.deepEqual(after[1], ['relabel', 1, null, null, ['blurred'], 'Ada', 8, true])
  const words = new Final()
  assert.equal(words.words(final, ['joy', 'fear']), 'Final: fear, by Ada')
  assert.equal(words.words(['exclude', null, null, null, [], 'Ada', 8, true], []), 'Final: excluded, by Ada')
  assert.equal(words.words(['relabel', 1, null, null, [], 'Ada', 8, false], ['joy', 'fear']), '')
  assert.match(words.sentence(final, ['joy', 'fear']), /^Final: fear, by Ada: in force/)
  assert.ok(words.untold('b', final))
  words.tell('b')
  assert.ok(!words.untold('b', final))
  words.begin()
  assert.ok(words.untold('b', final))
})

test('faces that an operation was not saved for leave it with their labels', () => {
  const left = leaveOut(op('1', ['a', 'b', 'c'], { label: [1, 2, 3] }), ['b'])
  assert.deepEqual([left.names, left.label], [['a', 'c'], [1, 3]])
  assert.deepEqual(leaveOut(op('1', ['a', 'b'], { label: 4 }), ['a']).label, 4)
})
