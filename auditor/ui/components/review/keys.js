// Which key does what. The sheet on '?' is made from this table, so that the two cannot differ.

export const SHEET = [
  ['Decide', [
    ['1 – 9, 0', 'give this label (0: the tenth)'],
    ['Enter', 'accept the suggestion'],
    ['K', 'keep the given label'],
    ['A', 'ambiguous: more than one emotion'],
    ['X', 'exclude: no usable face'],
    ['S', 'skip for now'],
    ['U', 'undo'],
    ['Shift U', 'redo'],
  ]],
  ['Move', [
    ['← → ↑ ↓', 'next face'],
    ['Home, End', 'first, last on the page'],
    ['Page ↑ ↓ or [ ]', 'page before, page after'],
    ['V', 'grid or single face'],
  ]],
  ['Select many', [
    ['Shift + arrows', 'extend the selection'],
    ['Shift or Ctrl + click', 'a range, or one more'],
    ['Drag', 'everything in the frame'],
    ['Space', 'add or remove this face'],
    ['Ctrl A', 'the whole page'],
    ['Esc', 'select nothing'],
  ]],
  ['Note', [
    ['N', 'write a note'],
    ['T', 'add a tag'],
    ['E', 'shares of an ambiguous face'],
    ['?', 'this sheet'],
  ]],
]

const MOVES = {
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', Home: 'home', End: 'end',
}
const PLAIN = {
  Enter: ['accept'], k: ['decide', 'keep'], a: ['decide', 'ambiguous'], x: ['decide', 'exclude'],
  s: ['decide', 'skip'], u: ['undo'], U: ['redo'], v: ['view'], n: ['note'], t: ['tag'], e: ['shares'],
  '?': ['sheet'], Escape: ['clear'], ' ': ['toggle'], PageUp: ['page', -1], PageDown: ['page', 1],
  '[': ['page', -1], ']': ['page', 1],
}

/** Translate a key into a command and its argument, or null where the key is not ours. */
export function command(event) {
  const { key } = event
  if (event.altKey) return null
  if (event.ctrlKey || event.metaKey) {
    if (key === 'a' || key === 'A') return ['all']
    if (key === 'z' || key === 'Z') return [event.shiftKey ? 'redo' : 'undo']
    return null
  }
  if (key in MOVES) return ['move', MOVES[key], event.shiftKey]
  if (/^[0-9]$/.test(key)) return ['label', (Number(key) + 9) % 10] // 0 is the tenth, as on the keyboard
  if (key in PLAIN) return PLAIN[key]
  const lower = key.length === 1 ? key.toLowerCase() : key // caps lock must not turn the keys off
  return key !== 'U' && lower in PLAIN && !event.shiftKey ? PLAIN[lower] : null
}

/** Whether a key belongs to what has the focus: text being typed, a menu, a button that Enter would press. */
export function taken(event) {
  const target = event.composedPath()[0]
  if (!(target instanceof Element)) return false
  if (target.isContentEditable || target.matches('textarea, select')) return true
  if (target.matches('input')) return !['checkbox', 'radio', 'button'].includes(target.type) || event.key === ' '
  const presses = event.key === 'Enter' || event.key === ' '
  if (presses && target.matches('button, a, summary, [role="button"], [role="tab"], [role="option"]:not(.cell)')) return true
  // Outside of the room (a sidebar menu, a dialog), the keys of that widget are its own.
  return Boolean(target.closest('[role="listbox"]:not(.grid), [role="combobox"], [role="dialog"], [role="menu"], [role="slider"]'))
}
