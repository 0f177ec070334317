// What holds for each face now: the server's word, with the unacknowledged operations on top.

const LABELS = ['keep', 'relabel', 'ambiguous', 'exclude', 'skip']

/**
 * @param {{states: object, repeats: object, who: string}} data  @param {object} page  @param {object[]} ops
 * @returns {(Array|undefined)[]} [action, label, soft, note, tags, annotator] for each index of the page
 */
export function fold(data, page, ops) {
  const again = new Set(page.repeat)
  const at = new Map()
  const states = page.name.map((name, index) => {
    const place = `${again.has(index) ? 'repeat' : 'first'} ${name}`
    at.set(place, index)
    return again.has(index) ? data.repeats[name] : data.states[name]
  })
  for (const op of standing(ops)) {
    op.names.forEach((name, k) => {
      const index = at.get(`${op.mode === 'repeat' ? 'repeat' : 'first'} ${name}`)
      if (index !== undefined) states[index] = step(states[index], op, k, page.given?.[index] ?? null, data.who)
    })
  }
  return states
}

/** Decisions that no later unacknowledged undo takes back. */
function standing(ops) {
  const stack = []
  for (const op of ops) {
    if (op.kind === 'decide') stack.push(op)
    else if (op.kind === 'undo') stack.pop()
  }
  return stack
}

function step(state, op, k, given, who) {
  const [action, label, soft, note, tags, by] = state ?? [null, null, null, null, [], null]
  if (op.action === 'note') return [action, label, soft, op.text || null, tags, by]
  if (op.action === 'tag') return [action, label, soft, note, [...tags.filter((tag) => tag !== op.text), op.text], by]
  if (op.action === 'untag') return [action, label, soft, note, tags.filter((tag) => tag !== op.text), by]
  if (!LABELS.includes(op.action) || (op.action === 'skip' && action && action !== 'skip')) return state
  const to = Array.isArray(op.label) ? op.label[k] : op.label
  const now = op.action === 'keep' ? given : op.action === 'relabel' ? to : op.action === 'ambiguous' ? to ?? given : null
  return [op.action, now, op.action === 'ambiguous' ? op.soft ?? null : null, note, tags, who]
}
