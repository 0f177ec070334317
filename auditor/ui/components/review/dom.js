// Small helpers to make elements; text always goes in as text, never as HTML.

/** Make an element: h('button', {class: 'x', onclick: f, 'aria-label': '...'}, child, 'text'). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (name === 'value') element.value = value
    else if (name.startsWith('--')) element.style.setProperty(name, value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  append(element, children)
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

/** Make an SVG element. */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  append(element, children)
  return element
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue
    element.append(child)
  }
}

/** Replace what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren()
  append(element, children)
}

/** A share in [0, 1] as a percentage that never claims certainty by rounding. */
export function percent(p) {
  if (p === null || p === undefined) return '–'
  if (p > 0 && p < 0.005) return '<1 %'
  if (p < 1 && p > 0.995) return '>99 %'
  return `${Math.round(p * 100)} %`
}

/** The sorted-by value in the form that its column asks for; small numbers keep two meaningful digits. */
export function written(value, form) {
  if (value === null || value === undefined) return ''
  if (form === 'percent') return percent(value)
  if (form === 'count') return String(Math.round(value))
  if (value === 0) return '0'
  return Math.abs(value) < 0.1 ? value.toPrecision(2) : value.toFixed(2)
}

/** 12271 as '12,271'. */
export const count = (n) => n.toLocaleString('en-US')

/** '1 face', '2 faces'. */
export const faces = (n) => counted(n, 'face')

/** A count with its noun in the right number; `more` is the noun for every count but 1. */
export const counted = (n, one, more = `${one}s`) => `${count(n)} ${n === 1 ? one : more}`
