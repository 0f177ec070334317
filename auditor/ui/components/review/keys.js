// Which key does what: the table of bindings.js with what always holds, and whose a key is.

import { commandOf, commands, PAD, written } from './bindings.js'

const MOVES = {
  ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down', Home: 'home', End: 'end',
}

/** Translate a key into a command and its arguments, or null where the key is not ours. @param {object} changes of the keys, by act */
export function command(event, changes = {}) {
  const { key, code } = event
  if (event.altKey) return null
  if (event.ctrlKey || event.metaKey) {
    if (key === 'a' || key === 'A') return ['all']
    if (key === 'z' || key === 'Z') return [event.shiftKey ? 'redo' : 'undo']
    return null
  }
  if (code in PAD && !/^(Insert|Delete)$/.test(key)) return commandOf(PAD[code])
  if (key in MOVES) return ['move', MOVES[key], event.shiftKey]
  if (key === 'PageUp') return ['page', -1]
  if (key === 'PageDown') return ['page', 1]
  if (/^[0-9]$/.test(key)) return ['label', (Number(key) + 9) % 10] // 0 is the tenth, as on the keyboard
  return commands(changes)[written(event)] ?? null // by Shift, not by the case: caps lock must not turn the keys off
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
