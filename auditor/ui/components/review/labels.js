// The row of labels and acts under the grid: what the keys do, for the pointer.

import { h } from './dom.js'

const ACTS = [
  ['↵', 'accept', 'accept'], ['K', 'keep', 'decide', 'keep'], ['A', 'ambiguous', 'decide', 'ambiguous'],
  ['X', 'exclude', 'decide', 'exclude'], ['S', 'skip', 'decide', 'skip'],
]

/** @param {string[]} classes  @param {string[]} colours  @param {(command: string, argument?: any) => void} run */
export function labelButtons(classes, colours, run) {
  const labels = classes.slice(0, 10).map((name, k) => h('button', { type: 'button', onclick: () => run('label', k), title: `Label ${name}` },
    h('kbd', {}, String((k + 1) % 10)), h('i', { class: 'dot', '--c': colours[k] }), name))
  const acts = ACTS.map(([key, text, ...words]) => h('button', { type: 'button', class: 'act', onclick: () => run(...words) },
    h('kbd', {}, key), text))
  return [...labels, ...acts]
}
