// Windows over the room: faces side by side, the suggestions of a whole queue, what a session has done.

import { count, counted, faces, fill, h } from './dom.js'

/** A window with a title; Esc, the cross and a click beside it close it. */
export function dialogOf(title, kind) {
  const body = h('div', { class: 'dialog-body', tabindex: -1 })
  const heading = h('h2', {}, title)
  const dialog = h('dialog', { class: `sheet ${kind}`, 'aria-label': title, onclick: (event) => event.target === dialog && dialog.close() },
    h('header', {}, heading, h('button', { type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕')), body)
  return { dialog, body, heading }
}

const label = (classes, colours, k) => [h('i', { class: 'dot', '--c': colours[k] }), classes[k] ?? '']

const image = (src, name, size) => h('img', { src, alt: `Face ${name}`, width: size, height: size })

const large = (page, k) => image(`${page.faces}${(page.face ?? page.row)[k]}/320`, page.name[k], 320)

/** Some faces of this page side by side. */
export function sideBySide(body, page, at, classes, colours) {
  fill(body, h('div', { class: 'beside-each-other' }, at.map((k) => h('figure', {}, large(page, k),
    h('figcaption', {}, h('b', {}, page.name[k]), page.given ? h('div', {}, 'Given ', label(classes, colours, page.given[k])) : null,
      page.suggested && page.suggested[k] >= 0 ? h('div', {}, 'Suggested ', label(classes, colours, page.suggested[k])) : null)))))
}

/** One face beside the most typical ones of its given and its suggested class. */
export function besideTypical(body, page, k, found, classes, colours) {
  fill(body, h('div', { class: 'beside-typical' },
    h('figure', {}, large(page, k), h('figcaption', {}, h('b', {}, page.name[k]))),
    h('div', {}, found.map(([number, listed]) => h('section', {},
      h('h3', {}, label(classes, colours, number), number === page.given[k] ? ' (given)' : ' (suggested)'),
      h('div', { class: 'typical' }, listed.map(([src, name]) => image(src, name, 160))),
      listed.length ? null : h('p', { class: 'quiet' }, 'No other face of this class has been judged.'))))),
  h('p', { class: 'quiet' }, 'The most typical faces of a class are those least likely to be mislabelled. A number or a deciding key decides the face and closes this.'))
}

/** What accepting a whole queue would do, by class; `accept` is called when it is wanted. */
export function preview(body, found, classes, colours, accept, cancel) {
  const left = [found.reviewed ? `${faces(found.reviewed)} reviewed already` : '', found.unknown ? `${faces(found.unknown)} without a suggestion` : ''].filter(Boolean)
  fill(body,
    h('p', {}, found.faces ? `${faces(found.faces)} of this queue would take the suggested label, on all its pages.` : 'No face left in this queue has a suggestion.',
      left.length ? ` Left out: ${left.join(' and ')}.` : ''),
    found.faces ? h('div', { class: 'scrolled', tabindex: 0, role: 'group', 'aria-label': 'Changes by class' }, h('table', { class: 'by-class' }, h('thead', {}, h('tr', {}, ['Given', 'Becomes', 'Faces'].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, found.changes.map(([from, to, number]) => h('tr', {}, h('td', {}, label(classes, colours, from)),
        h('td', {}, from === to ? 'kept' : label(classes, colours, to)), h('td', { class: 'number' }, count(number))))))) : null,
    h('div', { class: 'buttons' }, h('button', { type: 'button', onclick: cancel }, 'Cancel'),
      found.faces ? h('button', { type: 'button', class: 'primary', onclick: accept }, `Accept ${count(found.faces)}`) : null),
    h('p', { class: 'quiet' }, 'This is one decision: one Undo reverses all of it.'))
}

/** What a session has done. */
export function summary(found, classes) {
  const minutes = found.seconds / 60
  const pace = minutes >= 0.5 ? `${Math.round(found.faces / minutes)} a minute` : ''
  const time = found.seconds >= 90 ? `${Math.round(minutes)} min of work` : `${found.seconds} s of work`
  const more = [found.skipped ? `${count(found.skipped)} skipped` : '', found.blind ? `${count(found.blind)} judged blind` : ''].filter(Boolean)
  const changed = found.changes.reduce((sum, [, , number]) => sum + number, 0)
  return [
    h('p', { class: 'figure' }, h('b', {}, faces(found.faces)), ` decided · ${[time, pace, ...more].filter(Boolean).join(' · ')}`),
    h('p', {}, `${count(found.kept)} kept, ${count(changed)} changed, ${count(found.ambiguous)} ambiguous, ${count(found.excluded)} excluded.`),
    found.compared ? h('p', {}, `${count(found.agreed)} of ${counted(found.compared, 'suggestion')} accepted (${Math.round((100 * found.agreed) / found.compared)} %).`) : null,
    found.changes.length ? h('ul', { class: 'changes' }, found.changes.slice(0, 8).map(([from, to, number]) => h('li', {}, `${count(number)} ${classes[from]} → ${classes[to]}`))) : null,
  ].filter(Boolean)
}
