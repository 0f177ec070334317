// The sheet of shortcuts: '?' opens it, Esc or a click beside it closes it.

import { h } from './dom.js'
import { SHEET } from './keys.js'

export function makeSheet() {
  const dialog = h('dialog', { class: 'sheet', 'aria-label': 'Keyboard shortcuts', onclick: (event) => event.target === dialog && dialog.close() },
    h('header', {}, h('h2', {}, 'Keys'), h('button', { type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕')),
    h('div', { class: 'columns' }, SHEET.map(([title, keys]) => h('section', {}, h('h3', {}, title),
      h('dl', {}, keys.map(([key, does]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, does)]))))),
    h('p', { class: 'quiet' }, 'With several faces selected, every key acts on all of them.'))
  return dialog
}
