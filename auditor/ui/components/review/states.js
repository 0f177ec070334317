// What holds for each face now: the server's word, with the unacknowledged operations on top.

const LABELS = ['keep', 'relabel', 'ambiguous', 'exclude', 'skip']

/**
 * @param {{states: object, repeats: object}} known  @param {object} page  @param {object[]} ops  @param {string} who
 * @returns {(Array|undefined)[]} [action, label, soft, note, tags, annotator, seq, final] for each index of the page
 */
export function fold(known, page, ops, who) {
  const again = new Set(page.repeat)
  const at = new Map()
  const states = page.name.map((name, index) => {
    at.set(place(again.has(index), name), index)
    return (again.has(index) ? known.repeats : known.states)[name]
  })
  for (const op of standing(ops)) {
    op.names.forEach((name, k) => {
      const index = at.get(place(op.mode === 'repeat', name))
      if (index !== undefined) states[index] = step(states[index], op, k, page.given?.[index] ?? null, op.who ?? who)
    })
  }
  return states
}

/** Put acknowledged operations into what is known, for an answer that does not bring the page's decisions itself. */
export function commit(known, page, ops, who) {
  const again = new Set(page.repeat)
  fold(known, page, ops, who).forEach((state, index) => {
    if (state) (again.has(index) ? known.repeats : known.states)[page.name[index]] = state
  })
}

const place = (repeated, name) => `${repeated ? 'repeat' : 'first'} ${name}`

/** Decisions that no later unacknowledged undo takes back. */
function standing(ops) {
  const stack = []
  for (const op of ops) {
    if (op.kind === 'decide') stack.push(op)
    else if (op.kind === 'undo') {
      const at = op.target ? stack.findLastIndex((each) => each.id === op.target) : stack.length - 1
      if (at >= 0) stack.splice(at, 1)
    }
  }
  return stack
}

/** An operation without some of its faces, for which the server did not save it. */
export function leaveOut(op, names) {
  const remaining = op.names.map((name, k) => [name, k]).filter(([name]) => !names.includes(name))
  const label = Array.isArray(op.label) ? remaining.map(([, k]) => op.label[k]) : op.label
  return { ...op, names: remaining.map(([name]) => name), label }
}

function step(state, op, k, given, who) {
  const [action, label, soft, note, tags, by, seq, final] = state ?? [null, null, null, null, [], null, null, false]
  if (op.action === 'note') return [action, label, soft, op.text || null, tags, by, seq, final]
  if (op.action === 'tag') return [action, label, soft, note, [...tags.filter((tag) => tag !== op.text), op.text], by, seq, final]
  if (op.action === 'untag') return [action, label, soft, note, tags.filter((tag) => tag !== op.text), by, seq, final]
  if (!LABELS.includes(op.action) || (op.action === 'skip' && action && action !== 'skip')) return state
  if (final) return state // it stands; the decision is recorded beside it
  const to = Array.isArray(op.label) ? op.label[k] : op.label
  const now = op.action === 'keep' ? given : op.action === 'relabel' ? to : op.action === 'ambiguous' ? to ?? given : null
  return [op.action, now, op.action === 'ambiguous' ? op.soft ?? null : null, note, tags, who, seq, false]
}
