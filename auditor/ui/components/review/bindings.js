// Every act that a key can have, the keys it has by default, and the layouts to choose from. The sheet on '?' is made
// from this table, so that the two cannot differ. A key is written as the browser names it ('k', 'Enter', '/'), with
// 'Shift+' before a letter that is typed with Shift.

// id, section, key, what it does, the command and its arguments
export const ACTIONS = [
  ['accept', 'Decide', 'Enter', 'accept the suggestion', ['accept']],
  ['keep', 'Decide', 'k', 'keep the given label', ['decide', 'keep']],
  ['ambiguous', 'Decide', 'a', 'ambiguous: more than one emotion', ['decide', 'ambiguous']],
  ['exclude', 'Decide', 'x', 'exclude: no usable face', ['decide', 'exclude']],
  ['skip', 'Decide', 's', 'skip for now', ['decide', 'skip']],
  ['undo', 'Decide', 'u', 'undo', ['undo']],
  ['redo', 'Decide', 'Shift+u', 'redo', ['redo']],
  ['accept-all', 'Decide', 'Shift+Enter', 'accept the suggestions of the whole queue (shows them first)', ['acceptAll']],
  ['next', 'Move', '', 'next face, by one more key', ['move', 'right', false]],
  ['previous', 'Move', '', 'previous face, by one more key', ['move', 'left', false]],
  ['page-before', 'Move', '[', 'previous page', ['page', -1]],
  ['page-after', 'Move', ']', 'next page', ['page', 1]],
  ['view', 'Move', 'v', 'grid or single face', ['view']],
  ['search', 'Find', '/', 'search for a name', ['search']],
  ['query', 'Find', 'q', 'filter by a query over any column', ['query']],
  ['more', 'Find', 'f', 'more filters', ['more']],
  ['views', 'Find', 'w', 'saved views', ['views']],
  ['size', 'Find', 'p', 'faces a page', ['size']],
  ['blind', 'Find', 'b', 'blind: hide labels and suggestions', ['blind']],
  ['near', 'Look', 'g', 'go to the nearest faces', ['near']],
  ['similar', 'Look', 'l', 'faces like this one, or like the selected ones', ['similar']],
  ['compare', 'Look', 'c', 'compare side by side', ['compare']],
  ['bigger', 'Look', '+', 'larger face', ['zoom', 1]],
  ['smaller', 'Look', '-', 'smaller face', ['zoom', -1]],
  ['light', 'Look', 'i', 'size, brightness and contrast', ['light']],
  ['toggle', 'Select many', ' ', 'add or remove this face', ['toggle']],
  ['clear', 'Select many', 'Escape', 'select nothing', ['clear']],
  ['note', 'Note', 'n', 'write a note', ['note']],
  ['tag', 'Note', 't', 'add a tag', ['tag']],
  ['shares', 'Note', 'e', 'shares of an ambiguous face', ['shares']],
  ['summary', 'Note', 'z', 'what this session has done', ['summary']],
  ['sheet', 'Note', '?', 'this sheet', ['sheet']],
]

/** Keys that always mean the same, for the sheet. */
export const FIXED = [
  ['Decide', '1 – 9, 0', 'give this label (0: the tenth); the number pad does, too'],
  ['Decide', 'Ctrl Z', 'undo, too; with Shift: redo'],
  ['Move', '← → ↑ ↓', 'the face beside, above or below'],
  ['Move', 'Home, End', 'first, last on the page'],
  ['Move', 'Page ↑ ↓', 'previous page, next page'],
  ['Select many', 'Shift + arrows', 'extend the selection'],
  ['Select many', 'Shift or Ctrl + click', 'a range, or one more'],
  ['Select many', 'Drag', 'everything in the frame'],
  ['Select many', 'Ctrl A', 'the whole page'],
  ['Decide', 'Pad + − * / .', 'keep, exclude, ambiguous, skip, undo'],
]

/** Layouts: what differs from the default. Left hand: everything is under it, with the right hand on the mouse. */
export const LAYOUTS = {
  standard: {},
  'left hand': {
    accept: 'd', keep: 'f', undo: 'z', redo: 'Shift+z', next: 'e', previous: 'w', views: 'Shift+w', near: 'g', more: 'r',
    compare: 'c', note: 'Shift+n', shares: 'Shift+e', summary: 'Shift+s', similar: 'Shift+f', view: 'v', tag: 't', query: 'q',
    blind: 'b', size: 'Shift+p', light: 'Shift+i',
  },
}

/** What the number pad's signs do, whatever the layout is. */
export const PAD = {
  NumpadEnter: 'accept', NumpadAdd: 'keep', NumpadSubtract: 'exclude', NumpadMultiply: 'ambiguous', NumpadDivide: 'skip',
  NumpadDecimal: 'undo',
}

const TAKEN = /^([0-9]|Arrow.*|Home|End|Page.*|Tab|F\d+)$/ // keys that always mean the same, or belong to the browser

/** The key of each act, by its id. @param {object} changes by id, over the default */
export function keysOf(changes = {}) {
  return Object.fromEntries(ACTIONS.map(([id, , key]) => [id, changes[id] ?? key]))
}

/** The command of each key. */
export function commands(changes = {}) {
  const keys = keysOf(changes)
  return Object.fromEntries(ACTIONS.filter(([id]) => keys[id]).map(([id, , , , words]) => [keys[id], words]))
}

/** The command of an act, by its id. */
export const commandOf = (id) => ACTIONS.find(([each]) => each === id)?.[4] ?? null

/** How a key that was pressed is written in the table. */
export function written({ key, shiftKey }) {
  if (key.length === 1 && key.toLowerCase() !== key.toUpperCase()) return shiftKey ? `Shift+${key.toLowerCase()}` : key.toLowerCase()
  return key === 'Enter' && shiftKey ? 'Shift+Enter' : key
}

/** How the sheet shows a key. */
export const keyLabel = (key) => ({ ' ': 'Space', Escape: 'Esc', '': 'none' })[key] ?? (key.length === 1 ? key.toUpperCase() : key.replace(/\+(.)$/, (_, letter) => ` ${letter.toUpperCase()}`).replace('+', ' '))

/** Why an act cannot have a key, as a sentence; '' where it can. */
export function whyNot(key, id, changes = {}) {
  if (TAKEN.test(key)) return `The key ${keyLabel(key)} always means the same; choose another one.`
  const keys = keysOf(changes)
  const holder = ACTIONS.find(([each]) => each !== id && keys[each] === key)
  return holder ? `The key ${keyLabel(key)} means “${holder[3]}”; give that another key first.` : ''
}
