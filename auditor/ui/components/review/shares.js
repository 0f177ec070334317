// The soft-label editor: how much of each emotion an ambiguous face shows.

import { fill, h } from './dom.js'

/**
 * @param {string[]} classes  @param {string[]} colours  @param {number[]} start shares to begin with
 * @param {(soft: number[], label: number) => void} save  @param {() => void} cancel
 */
export function sharesEditor(classes, colours, start, save, cancel) {
  const total = start.reduce((sum, share) => sum + share, 0) || 1
  const values = start.map((share) => Math.round((share / total) * 20) * 5) // in steps of five per cent
  const outputs = []
  const shares = () => {
    const sum = values.reduce((a, b) => a + b, 0)
    return sum ? values.map((value) => value / sum) : null
  }
  const button = h('button', { type: 'submit', class: 'primary' }, 'Save shares')
  const update = () => {
    const now = shares()
    outputs.forEach((output, k) => fill(output, now ? `${Math.round(now[k] * 100)} %` : '–'))
    button.disabled = !now
  }
  const rows = classes.map((name, k) => {
    outputs[k] = h('output', {})
    return h('label', { class: 'share', '--c': colours[k] }, h('span', { title: name }, name),
      h('input', {
        type: 'range', min: 0, max: 100, step: 5, value: values[k], 'aria-label': `Share of ${name}`,
        oninput: (event) => { values[k] = Number(event.target.value); update() },
      }), outputs[k])
  })
  const form = h('form', {
    class: 'shares', 'aria-label': 'Shares of the emotions',
    onsubmit: (event) => {
      event.preventDefault()
      const soft = shares()
      if (soft) save(soft, soft.indexOf(Math.max(...soft)))
    },
    onkeydown: (event) => {
      event.stopPropagation()
      if (event.key === 'Escape') cancel()
      if (event.key === 'Enter') form.requestSubmit()
    },
  }, h('p', { class: 'quiet' }, 'How much of each emotion does the face show?'), rows,
  h('div', { class: 'buttons' }, button, h('button', { type: 'button', onclick: cancel }, 'Cancel')))
  update()
  return form
}
