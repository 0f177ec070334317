// The protocol between grid and server, without a browser: only the answer that is waited for turns the page.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { View } from '../../../../auditor/ui/components/review/view.js'

const shown = (view) => {
  view.turned({})
  return view
}

test('the first answer is taken where the address means it, else the address is asked for', () => {
  assert.equal(new View('a').judge(null, true), 'turn')
  assert.equal(new View('a').judge(null, false), 'ask')
  assert.equal(new View('a').judge({ room: 'b', n: 3 }, true), 'ask')
})

test('only the answer to the view that is waited for turns the page', () => {
  const view = shown(new View('a'))
  view.ask({ page: '2' })
  for (const older of [null, { room: 'a', n: 0 }, { room: 'b', n: 1 }, { room: 'a', n: 2 }]) {
    assert.equal(view.judge(older, true), 'refresh')
    assert.ok(!view.current(older))
  }
  assert.equal(view.judge({ room: 'a', n: 1 }, false), 'turn')
  view.turned({ page: '2' })
  assert.equal(view.judge({ room: 'a', n: 1 }, true), 'refresh')
  assert.ok(view.current({ room: 'a', n: 1 }))
})

test('an answer to a view that a newer question replaced does not turn the page', () => {
  const view = shown(new View('a'))
  view.ask({ page: '2' })
  view.ask({ class: 'fear' })
  assert.equal(view.judge({ room: 'a', n: 1 }, true), 'refresh')
  assert.equal(view.judge({ room: 'a', n: 2 }, true), 'turn')
})

test('the message names the view from the first page on', () => {
  const view = new View('a')
  assert.equal(view.message(), null)
  shown(view)
  assert.deepEqual(view.message(), { room: 'a', n: 0, params: {} })
  view.ask({ page: '2' }, { after: 'x' })
  assert.deepEqual(view.message(), { room: 'a', n: 1, params: { page: '2' }, after: 'x' })
})

test('held keys are carried out in order, and wait again behind one that turns the page', () => {
  const view = shown(new View('a'))
  view.ask({})
  for (const key of ['k', 'turn', '4', 's']) view.hold([key])
  const done = []
  const run = (key) => {
    done.push(key)
    if (key === 'turn') view.ask({})
  }
  view.release(run)
  assert.deepEqual(done, [])
  view.turned({})
  view.release(run)
  assert.deepEqual(done, ['k', 'turn'])
  view.hold(['x'])
  view.turned({})
  view.release(run)
  assert.deepEqual(done, ['k', 'turn', '4', 's', 'x'])
})

test('what waits names the view that it is meant for, or that it waited for a face', () => {
  const view = new View('here')
  assert.equal(view.waits, null)
  view.hold(['label', 1])
  assert.deepEqual(view.waits, { held: [['label', 1]], params: null, wish: {}, face: false })
  view.ask({ page: '2' }, { queue: 'q' })
  assert.deepEqual(view.waits, { held: [['label', 1]], params: { page: '2' }, wish: { queue: 'q' }, face: false })
  view.turned({ page: '2' })
  view.settling = 7
  assert.ok(view.waits.face)
})
