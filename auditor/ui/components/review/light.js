// How faces look on this screen: size of the tiles, brightness and contrast for dark faces. Kept in this browser; no
// picture is changed.

import { h } from './dom.js'

const PLACE = 'auditor.look'
const CHOICES = [
  ['cell', 'Size', 72, 240, 4, 112, (value) => `${value}px`],
  ['bright', 'Brightness', 50, 250, 5, 100, (value) => value / 100],
  ['contrast', 'Contrast', 50, 250, 5, 100, (value) => value / 100],
]

export class Light {
  /** @param {HTMLElement} room what carries the values */
  constructor(room) {
    this.room = room
    this.values = { ...defaults(), ...read() }
    this.fields = Object.fromEntries(CHOICES.map(([name, title, min, max, step]) => [name, h('input', {
      type: 'range', min, max, step, value: this.values[name], 'aria-label': title, oninput: (event) => this.set(name, Number(event.target.value)),
    })]))
    this.element = h('details', { class: 'more look' }, h('summary', { title: 'Size, brightness and contrast (I)', 'aria-label': 'How faces look' }, '◐'),
      h('div', { class: 'menu right' }, CHOICES.map(([name, title]) => h('label', { class: 'look-line' }, h('span', {}, title), this.fields[name])),
        h('p', { class: 'quiet' }, 'For looking only: no picture is changed.'),
        h('button', { type: 'button', onclick: () => this.reset() }, 'Reset')))
    this.draw()
  }

  set(name, value) {
    this.values[name] = value
    write(this.values)
    this.draw()
  }

  reset() {
    this.values = defaults()
    for (const [name, value] of Object.entries(this.values)) this.fields[name].value = value
    write(this.values)
    this.draw()
  }

  draw() {
    for (const [name, , , , , usual, written] of CHOICES) {
      if (this.values[name] === usual) this.room.style.removeProperty(`--${name}`) // the style knows its own for a small screen
      else this.room.style.setProperty(`--${name}`, written(this.values[name]))
    }
    this.room.classList.toggle('lit', ['bright', 'contrast'].some((name) => this.values[name] !== 100))
    this.element.firstChild.classList.toggle('set', CHOICES.some(([name, , , , , usual]) => this.values[name] !== usual))
  }
}

const defaults = () => Object.fromEntries(CHOICES.map(([name, , , , , usual]) => [name, usual]))

function read() {
  try {
    const stored = JSON.parse(localStorage.getItem(PLACE)) ?? {}
    return Object.fromEntries(CHOICES.filter(([name, , min, max]) => stored[name] >= min && stored[name] <= max).map(([name]) => [name, stored[name]]))
  } catch {
    return {} // a browser that forbids storage begins with the defaults
  }
}

function write(values) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(values))
  } catch {
    // As above: it holds until the page is left.
  }
}
