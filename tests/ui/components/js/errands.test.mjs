// What the grid asks the server for beside its page: auditor/ui/components/review/errands.js.

import assert from 'node:assert/strict'
import { test } from 'node:test'

const { Errands } = await import(new URL('../../../../auditor/ui/components/review/errands.js', import.meta.url))

test('an errand travels with every message until it is answered, once', async () => {
  let sent = 0
  const errands = new Errands({ random: () => 'abcd', send: () => { sent += 1 } })
  const answer = errands.ask('similar', { names: ['a.jpg'] })
  assert.equal(sent, 1)
  assert.deepEqual(errands.message(), [{ id: 'errand-abcd', kind: 'similar', names: ['a.jpg'] }])
  errands.hear(undefined)
  errands.hear({ 'errand-other': { sel: 'x' } })
  assert.equal(errands.message().length, 1)
  errands.hear({ 'errand-abcd': { sel: 'token' } })
  assert.deepEqual(await answer, { sel: 'token' })
  assert.deepEqual(errands.message(), [])
  errands.hear({ 'errand-abcd': { sel: 'again' } })
})

test('a refusal comes as its sentence', async () => {
  const errands = new Errands({ random: () => 'efgh', send: () => {} })
  const answer = errands.ask('preview')
  errands.hear({ 'errand-efgh': { error: 'Blind: this would show labels.' } })
  await assert.rejects(answer, /Blind: this would show labels/)
})
