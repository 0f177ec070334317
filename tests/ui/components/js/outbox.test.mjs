// The queue of operations, without a browser: nothing is lost, nothing is sent by two tabs.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orphans, Outbox } from '../../../../auditor/ui/components/review/outbox.js'

class Storage {
  map = new Map()
  get length() { return this.map.size }
  key(k) { return [...this.map.keys()][k] ?? null }
  getItem(key) { return this.map.get(key) ?? null }
  setItem(key, value) { this.map.set(key, value) }
  removeItem(key) { this.map.delete(key) }
}

class Clock {
  due = null
  setTimeout = (act, after) => { this.due = { act, after }; return 1 }
  clearTimeout = () => { this.due = null }
  ring() { this.due.act() }
}

let number = 0
function make(tab = 'tabone', storage = new Storage()) {
  const clock = new Clock()
  const sent = []
  const outbox = new Outbox({ ds: 'd', tab, random: () => `r${(number += 1)}`, storage, clock }, {
    send: () => sent.push(outbox.ops.map((op) => op.n)), changed: () => {},
  })
  return { outbox, storage, clock, sent }
}
const decide = (name) => ({ kind: 'decide', action: 'keep', names: [name], mode: 'open' })

test('the first operation goes at once, the next with the answer, and all until they are acknowledged', () => {
  const { outbox, sent } = make()
  for (const name of ['a', 'b', 'c']) outbox.add(decide(name))
  assert.deepEqual(sent, [[1]])
  assert.deepEqual(outbox.acknowledge('another', 3), [])
  assert.deepEqual(outbox.acknowledge('tabone', 1).map((op) => op.names[0]), ['a'])
  assert.deepEqual(sent, [[1], [2, 3]])
  outbox.acknowledge('tabone', 3)
  assert.deepEqual(outbox.ops, [])
  assert.equal(sent.length, 2)
})

test('what is not answered is sent again, ever more slowly, with the same ids', () => {
  const { outbox, clock, sent } = make()
  const { id } = outbox.add(decide('a'))
  const waits = []
  for (let k = 0; k < 6; k += 1) {
    waits.push(clock.due.after)
    clock.ring()
  }
  assert.deepEqual(waits, [1500, 1500, 3000, 5000, 5000, 5000])
  assert.ok(sent.every((ops) => ops.length === 1) && outbox.ops[0].id === id)
  assert.ok(outbox.silent)
  outbox.heard()
  assert.ok(!outbox.silent)
})

test('a reloaded tab has its queue, its numbers and its undo', () => {
  const { outbox, storage } = make()
  outbox.add(decide('a'))
  outbox.add(decide('b'))
  outbox.acknowledge('tabone', 1)
  const again = make('tabone', storage).outbox
  assert.deepEqual(again.ops.map((op) => op.names[0]), ['b'])
  assert.equal(again.add(decide('c')).n, 3)
  assert.equal(again.turnBack('undo', {})[1].names[0], 'c')
})

test('a tab does not see the queue of another, and takes over that of a closed one', async () => {
  const { outbox, storage } = make()
  const { id } = outbox.add(decide('a'))
  outbox.add({ kind: 'undo', target: null })
  const other = make('tabtwo', storage)
  assert.deepEqual(other.outbox.ops, [])
  assert.deepEqual(await orphans('d', 'tabtwo', async () => false, storage), []) // it lives
  assert.deepEqual(await orphans('e', 'tabtwo', async () => true, storage), []) // another data set
  const [{ place, ops }] = await orphans('d', 'tabtwo', async () => true, storage)
  assert.equal(place, 'auditor.outbox.d.tabone')
  assert.deepEqual(other.outbox.adopt(ops), { adopted: 1, left: 1 })
  assert.deepEqual(other.outbox.ops.map((op) => [op.id, op.n]), [[id, 1]])
  assert.deepEqual(other.outbox.adopt(ops), { adopted: 0, left: 2 })
})

test('undo and redo name their decision; a refused one was never there', () => {
  const { outbox } = make()
  const first = outbox.add(decide('a'))
  const second = outbox.add(decide('b'))
  assert.equal(outbox.turnBack('undo', {})[0].target, second.id)
  assert.equal(outbox.turnBack('redo', {})[0].target, second.id)
  outbox.history.forget(second.id)
  assert.equal(outbox.turnBack('undo', {})[0].target, first.id)
  assert.equal(outbox.turnBack('undo', {})[0].target, null)
  outbox.add(decide('c'))
  assert.equal(outbox.turnBack('redo', {})[0].target, null)
})

test('a storage that is full or forbidden loses no operation', () => {
  const storage = new Storage()
  storage.setItem = () => { throw new Error('full') }
  storage.getItem = () => { throw new Error('forbidden') }
  const { outbox, sent } = make('tabone', storage)
  outbox.add(decide('a'))
  assert.deepEqual(sent, [[1]])
})

test('keys that wait for a page outlive the room and a reload, and go when they are carried out', () => {
  const { outbox, storage } = make()
  outbox.hold(null)
  assert.equal(storage.length, 0)
  outbox.hold({ held: [['label', 3]], params: { page: '2' }, wish: {}, face: false, landing: 0 })
  const again = make('tabone', storage).outbox
  assert.deepEqual(again.held.held, [['label', 3]])
  again.hold(null)
  assert.equal(make('tabone', storage).outbox.held, null)
})

test('of a closed tab it is known how many keys waited for a page', async () => {
  const storage = new Storage()
  make('tabtwo', storage).outbox.hold({ held: [['label', 3], ['label', 4]], params: {}, wish: {}, face: false, landing: 0 })
  const [found] = await orphans('d', 'tabone', async () => true, storage)
  assert.deepEqual([found.ops, found.held], [[], 2])
})
