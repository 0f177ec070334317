// The pages of faces that this tab has, so that a key does not bring the rows again; and small questions about them.

import { count, h } from './dom.js'

const KEPT = 12

/** Rows by the page's name; they outlive the room, for the reader may come back to it. */
export const pages = new Map()

export function remember(name, rows) {
  pages.set(name, rows)
  if (pages.size > KEPT) pages.delete(pages.keys().next().value)
}

/** Whether two faces' states say the same. */
export const same = (one, other) => one === other || (one && other && JSON.stringify(one) === JSON.stringify(other))

/** The faces by how they are judged: openly or blind, for the first time or once more. */
export function byMode(at, { blind }, { repeat }) {
  const first = blind ? 'blind' : 'open'
  const again = new Set(repeat)
  return [[first, at.filter((k) => !again.has(k))], ['repeat', at.filter((k) => again.has(k))]].filter(([, k]) => k.length)
}

/** What a page without faces says, and the way out of it. */
export function emptyWords(all, params, ask) {
  const words = all ? `No face passes these filters (of ${count(all)}).` : 'This data set has no images.'
  const nothing = Object.fromEntries(Object.keys(params).map((name) => [name, '']))
  return [h('p', {}, words), h('button', { type: 'button', onclick: () => ask(nothing) }, 'Show all faces')]
}

/** Whether the page is dark: then its text is light. */
export function isDark(element) {
  const [red, green, blue] = getComputedStyle(element).color.match(/[\d.]+/g).map(Number)
  return red + green + blue > 382
}
