// A card on the page that follows the room: what the session has done. It goes by itself, and covers nothing that is used.

import { h } from './dom.js'

const STAYS = 20_000 // milliseconds
const STYLE = `
  .auditor-farewell { position: fixed; right: 1rem; bottom: 1rem; z-index: 1000; max-width: 24rem; padding: .9rem 1.1rem; border-radius: .6rem; font-size: .9rem;
    background: var(--st-background-color, Canvas); color: var(--st-text-color, CanvasText); border: 1px solid color-mix(in srgb, currentColor 25%, transparent); box-shadow: 0 6px 24px #0004; }
  .auditor-farewell p, .auditor-farewell ul { margin: .3rem 0; } .auditor-farewell ul { padding-left: 1.2rem; } .auditor-farewell header { display: flex; justify-content: space-between; align-items: center; gap: 1rem; }
  .auditor-farewell button { font: inherit; color: inherit; background: none; border: 1px solid transparent; cursor: pointer; padding: .1rem .5rem; }`

export function farewell(parts) {
  document.querySelector('.auditor-farewell')?.remove()
  const page = getComputedStyle(document.querySelector('[data-testid="stApp"]') ?? document.body)
  const card = h('aside', { class: 'auditor-farewell', role: 'status', 'aria-label': 'What this session has done' }, h('style', {}, STYLE),
    h('header', {}, h('b', {}, 'This session'), h('button', { type: 'button', 'aria-label': 'Close', onclick: () => card.remove() }, '✕')), parts)
  card.style.background = page.backgroundColor
  card.style.color = page.color
  card.style.fontFamily = page.fontFamily
  document.body.append(card)
  setTimeout(() => card.remove(), STAYS)
}
