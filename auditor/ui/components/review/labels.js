// The row of labels and acts under the grid: what the keys do, for the pointer.

import { h } from './dom.js'

const ACTS = [
  ['↵', 'accept', 'accept'], ['K', 'keep', 'decide', 'keep'], ['A', 'ambiguous', 'decide', 'ambiguous'],
  ['X', 'exclude', 'decide', 'exclude'], ['S', 'skip', 'decide', 'skip'], ['⇧↵', 'whole queue …', 'acceptAll'],
]

const KEYS = 10 // the digits; classes after them have a menu

const SUGGESTED = ['accept', 'whole queue …']
const SEEN = [...SUGGESTED, 'keep'] // what nobody can do who does not see the label

/**
 * @param {string[]} classes  @param {string[]} colours  @param {(command: string, argument?: any) => void} run
 * @param {boolean} blind  @param {boolean} judged whether there is any suggestion
 */
export function labelButtons(classes, colours, run, blind, judged) {
  const why = (text) => blind && SEEN.includes(text) ? 'Blind: the label and the suggestion are hidden'
    : SUGGESTED.includes(text) && !judged ? 'No method has suggested a label yet: train one first' : null
  const labels = classes.slice(0, KEYS).map((name, k) => h('button', { type: 'button', tabindex: -1, onclick: () => run('label', k), title: `Label ${name}` },
    h('kbd', {}, String((k + 1) % 10)), h('i', { class: 'dot', '--c': colours[k] }), name))
  const acts = ACTS.map(([key, text, ...words]) => h('button', {
    type: 'button', class: 'act', 'data-act': words[0], tabindex: -1, disabled: Boolean(why(text)), onclick: () => run(...words), title: why(text),
  }, h('kbd', {}, key), text))
  return classes.length > KEYS ? [...labels, others(classes, run), ...acts] : [...labels, ...acts]
}

/** Say in the name of 'accept' what it accepts. @param {string[]} suggested classes that the faces would get */
export function nameAccept(nav, suggested) {
  const button = nav.querySelector('[data-act="accept"]')
  if (!button || button.disabled) return
  const [one, ...more] = new Set(suggested)
  const words = !one ? 'accept: no suggestion for this face' : more.length ? "accept each face's own suggestion" : `accept ${one}`
  if (button.title === words) return
  button.title = words
  button.setAttribute('aria-label', words)
}

function others(classes, run) {
  const onchange = (event) => {
    run('label', Number(event.target.value))
    event.target.value = ''
  }
  return h('select', { 'aria-label': 'Other labels', onchange }, h('option', { value: '' }, 'other …'),
    classes.slice(KEYS).map((name, k) => h('option', { value: KEYS + k }, name)))
}
