// The completion of the query line and the table of keys: auditor/ui/components/review/complete.js, bindings.js, keys.js.

import assert from 'node:assert/strict'
import { test } from 'node:test'

const folder = new URL('../../../../auditor/ui/components/review/', import.meta.url)
const { complete } = await import(new URL('complete.js', folder))
const { ACTIONS, LAYOUTS, keysOf, keyLabel, whyNot, written } = await import(new URL('bindings.js', folder))
const { command } = await import(new URL('keys.js', folder))

const COLUMNS = [['given', 'class', ['anger', 'fear', 'low light']], ['aum', 'number', []], ['man_p_given', 'number', []], ['reviewed', 'yes or no', []], ['name', 'text', []]]
const words = (text) => complete(text, COLUMNS).options.map(([word]) => word)
const press = (key, more = {}) => command({ key, code: '', ...more }, more.changes)

test('a column is offered where one may stand, the ones that begin so first', () => {
  assert.deepEqual(words('gi'), ['given', 'man_p_given'])
  assert.deepEqual(words('not au'), ['aum'])
  assert.ok(words('').includes('reviewed') && words('(').includes('not'))
  assert.equal(complete('aum < 1 and gi', COLUMNS).start, 12)
})

test('a comparison is offered behind a column, its words behind that, and a way to go on behind these', () => {
  assert.deepEqual(words('given '), ['=', '!=', 'in ('])
  assert.deepEqual(words('name '), ['contains', '!=', 'in ('])
  assert.deepEqual(words('given = '), ['anger', 'fear', '"low light"', 'none'])
  assert.deepEqual(words('given in (anger, f'), ['fear'])
  assert.deepEqual(words('reviewed = '), ['yes', 'no'])
  assert.deepEqual(words('given = fear '), ['and', 'or'])
  assert.deepEqual(words('reviewed '), ['and', 'or'])
  assert.deepEqual(words('given = "low'), [])
})

test('every layout gives every act a key of its own', () => {
  for (const layout of Object.values(LAYOUTS)) {
    const keys = Object.values(keysOf(layout)).filter(Boolean)
    assert.equal(new Set(keys).size, keys.length)
    assert.ok(Object.keys(layout).every((id) => ACTIONS.some(([each]) => each === id)))
  }
})

test('keys are read by the table, with capitals by Shift alone, and the pad decides', () => {
  assert.deepEqual(press('k'), ['decide', 'keep'])
  assert.deepEqual(press('K'), ['decide', 'keep']) // caps lock
  assert.deepEqual(press('U', { shiftKey: true }), ['redo'])
  assert.equal(press('K', { shiftKey: true }), null)
  assert.deepEqual(press('d', { changes: LAYOUTS['left hand'] }), ['accept'])
  assert.equal(press('Enter', { changes: LAYOUTS['left hand'] }), null)
  assert.deepEqual(press('+', { code: 'NumpadAdd' }), ['decide', 'keep'])
  assert.deepEqual(press('+'), ['zoom', 1])
  assert.deepEqual(press('7', { code: 'Numpad7' }), ['label', 6])
  assert.deepEqual(press('ArrowUp', { code: 'Numpad8' }), ['move', 'up', undefined])
  assert.equal(press('Delete', { code: 'NumpadDecimal' }), null)
  assert.deepEqual(press('Enter', { shiftKey: true }), ['acceptAll'])
  assert.equal(press('k', { ctrlKey: true }), null)
})

test('a key that is taken is refused with the reason', () => {
  assert.match(whyNot('a', 'keep'), /The key A means “ambiguous/)
  assert.match(whyNot('3', 'keep'), /always means the same/)
  assert.match(whyNot('Tab', 'keep'), /always means the same/)
  assert.equal(whyNot('k', 'keep'), '')
  assert.equal(whyNot('a', 'keep', { ambiguous: 'm' }), '')
  assert.equal(written({ key: 'N', shiftKey: true }), 'Shift+n')
  assert.deepEqual([' ', '', 'Shift+n', 'Shift+Enter', '/'].map(keyLabel), ['Space', 'none', 'Shift N', 'Shift Enter', '/'])
})
