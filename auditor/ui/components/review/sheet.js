// The sheet of keys: '?' opens it. Every key in a frame can be changed, for the whole team; a layout changes many at once.

import { ACTIONS, FIXED, keysOf, LAYOUTS, keyLabel, whyNot, written } from './bindings.js'
import { fill, h } from './dom.js'

const SECTIONS = ['Decide', 'Move', 'Find', 'Look', 'Select many', 'Note']

export class Sheet {
  /** @param {(changes: object) => Promise<object>} keep saves the keys for everybody */
  constructor(keep) {
    this.keep = keep
    this.changes = {}
    this.waiting = null // the act that waits for its new key
    this.columns = h('div', { class: 'columns' })
    this.said = h('p', { class: 'problem', role: 'status' })
    this.layout = h('select', { 'aria-label': 'Layout of the keys', onchange: (event) => this.save({ ...LAYOUTS[event.target.value] }) },
      Object.keys(LAYOUTS).map((name) => h('option', { value: name }, `Layout: ${name}`)), h('option', { value: '', disabled: true }, 'Layout: your own'))
    this.element = h('dialog', { class: 'sheet', 'aria-label': 'Keyboard shortcuts', onclick: (event) => event.target === this.element && this.element.close(),
      onkeydown: (event) => this.pressed(event), onclose: () => { this.waiting = null } },
    h('header', {}, h('h2', {}, 'Keys'), h('div', { class: 'tools' }, this.layout, h('button', { type: 'button', 'aria-label': 'Close', onclick: () => this.element.close() }, '✕'))),
    this.columns, this.said, h('p', { class: 'quiet' }, 'With several faces selected, every key acts on all of them. Click a key in a frame to change it for everybody on this workspace.'))
  }

  get open() {
    return this.element.open
  }

  showModal() {
    this.draw()
    this.element.showModal()
  }

  /** The keys that differ from the default, by act, and why they could not be read. */
  show(changes, problem) {
    this.changes = changes ?? {}
    fill(this.said, problem ?? '')
  }

  draw() {
    const keys = keysOf(this.changes)
    const layout = Object.keys(LAYOUTS).find((name) => JSON.stringify(keysOf(LAYOUTS[name])) === JSON.stringify(keys))
    this.layout.value = layout ?? ''
    fill(this.columns, SECTIONS.map((section) => h('section', {}, h('h3', {}, section), h('dl', {},
      FIXED.filter(([each]) => each === section).map(([, key, does]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, does)]),
      ACTIONS.filter(([, each]) => each === section).map(([id, , , does]) => [
        h('dt', {}, h('button', { type: 'button', class: 'key-button', 'data-act': id, 'aria-label': `Change the key for: ${does}`, onclick: () => this.wait(id) },
          h('kbd', {}, this.waiting === id ? 'press a key' : keyLabel(keys[id])))),
        h('dd', {}, does)])))))
  }

  wait(id) {
    this.waiting = id
    fill(this.said, 'Press the new key; Esc leaves it as it is.')
    this.draw()
    this.columns.querySelector(`[data-act="${id}"]`)?.focus()
  }

  pressed(event) {
    if (!this.waiting || ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return
    event.preventDefault()
    event.stopPropagation()
    const id = this.waiting
    const key = written(event)
    this.waiting = null
    const problem = event.key === 'Escape' ? '' : whyNot(key, id, this.changes)
    if (event.key !== 'Escape' && !problem) this.save({ ...this.changes, [id]: key }, id)
    else {
      fill(this.said, problem)
      this.draw()
      this.columns.querySelector(`[data-act="${id}"]`)?.focus()
    }
  }

  async save(changes, id) {
    const before = this.changes
    this.changes = changes
    fill(this.said, 'Saving …')
    this.draw()
    if (id) this.columns.querySelector(`[data-act="${id}"]`)?.focus()
    try {
      await this.keep(changes)
      fill(this.said, 'Saved for everybody on this workspace.')
    } catch (error) {
      this.changes = before
      fill(this.said, error.message)
      this.draw()
    }
  }
}
