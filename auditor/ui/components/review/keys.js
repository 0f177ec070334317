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

const OTHERS = '[role="listbox"]:not(.grid), [role="combobox"], [role="dialog"], [role="menu"], [role="slider"]'

/**
 * Whether a key belongs to what has the focus and not to the face: text being typed, an open dialog, and the control
 * that the reader went to with Tab. A control that was clicked, or that has the focus by chance, takes no key.
 *
 * @param {KeyboardEvent} event  @param {Element|null} tabbed the control that Tab led to
 */
export function taken(event, tabbed) {
  const target = event.composedPath()[0]
  if (!(target instanceof Element)) return false
  if (target.isContentEditable || target.matches('textarea')) return true
  if (target.matches('input') && !['checkbox', 'radio', 'button', 'submit'].includes(target.type)) return true
  if (target.closest(OTHERS)) return true // a menu or a dialog of the page around us
  if (target !== tabbed || target.matches('.grid')) return false
  return target.matches('select') || event.key === 'Enter' || event.key === ' '
}
