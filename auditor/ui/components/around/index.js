// The page around every screen: a link that skips the navigation, and our own words while the server is away.

import { watch } from './away.js'

const GRID = '.grid'

/** The first element of a kind, in the page or in a component's own tree. */
function find(selector) {
  for (const each of document.querySelectorAll('[data-testid="stMain"] *')) {
    const element = each.shadowRoot?.querySelector(selector)
    if (element) return element
  }
  return null
}

/** Go to the faces where there are any, else to the page's content. */
function skip(event) {
  event.preventDefault()
  const main = document.querySelector('[data-testid="stMain"]')
  const target = find(GRID) ?? main?.querySelector('h1, h2, button, input, a') ?? main
  if (target && target.tabIndex < 0 && !target.hasAttribute('tabindex')) target.setAttribute('tabindex', '-1')
  target?.focus()
}

document.querySelector('.auditor-skip')?.addEventListener('click', skip)
watch(document.querySelector('.auditor-away'))
