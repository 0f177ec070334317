// The panel beside the grid: the face in focus, large, and everything that is known of it.

import { counted, fill, h, percent, s, written } from './dom.js'
import { same } from './pages.js'
import { sharesEditor } from './shares.js'

const LARGE = 320
const SMALL = 64
const WAIT = 70 // milliseconds that a face must stay in focus before its facts are fetched
const KEPT = 400

export class Panel {
  /** @param {{decide: (op: object) => void, leave: () => void, open: (name: string) => void, near: (name: string) => string|null}} tell */
  constructor(tell) {
    this.tell = tell
    this.facts = new Map()
    this.timer = null
    this.shown = null
    this.picture = h('img', { class: 'large', width: LARGE, height: LARGE, alt: '', decoding: 'async' })
    this.title = h('div', { class: 'name' })
    this.verdict = h('div', { class: 'verdict' })
    this.known = h('div', { class: 'known' })
    this.shares = h('div', { class: 'shares-place' })
    this.note = h('textarea', { rows: 2, placeholder: 'Note (N)', 'aria-label': 'Note on this face', onchange: () => this.saveNote() })
    this.tag = h('input', {
      type: 'text', placeholder: 'Add a tag (T)', 'aria-label': 'Add a tag to the selected faces', maxlength: 60,
      onkeydown: (event) => event.key === 'Enter' && this.saveTag(),
    })
    this.tags = h('div', { class: 'tags' })
    for (const field of [this.note, this.tag]) {
      field.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') this.tell.leave()
        event.stopPropagation()
      })
    }
    this.element = h('aside', { class: 'panel', 'aria-label': 'The face in focus' },
      h('div', { class: 'head' }, h('div', { class: 'lens' }, this.picture), h('div', { class: 'beside' }, this.title, this.verdict)),
      this.shares, this.known, h('div', { class: 'notes' }, this.note, this.tags, this.tag))
  }

  /** Show one face: what the page knows at once, the rest when it has come. */
  show(page, index, state, classes, colours) {
    const { page: before, index: place, state: stood, colours: painted } = this.context ?? {}
    if (page === before && index === place && colours === painted && same(state, stood)) return
    this.context = { page, index, state, classes, colours }
    const face = page.face[index]
    // Another view of the same face (blind, or of newer evidence) has other facts.
    if (this.shown !== face || this.view !== page) {
      this.shown = face
      this.view = page
      this.picture.src = `${page.faces}${face}/${LARGE}`
      this.picture.alt = page.given ? `Face ${page.name[index]}` : `Face ${index + 1} of this page`
      if (this.editing !== face) fill(this.shares)
      this.editing = null
      fill(this.known)
      clearTimeout(this.timer)
      const facts = page.detail && this.facts.get(page.detail + face)
      if (facts) this.explain(facts)
      else if (page.detail) this.timer = setTimeout(() => this.fetch(page, face), WAIT)
    }
    this.update(state)
  }

  update(state) {
    const { page, index, classes, colours } = this.context
    this.context.state = state
    const given = page.given?.[index] ?? -1
    const suggested = page.suggested?.[index] ?? -1
    fill(this.title, page.given ? page.name[index] : `Face ${index + 1} of this page`)
    fill(this.verdict,
      given < 0 ? h('p', { class: 'quiet' }, page.given ? '' : 'Blind: the given label and the suggestion are hidden.') : null,
      given >= 0 ? pair('Given', classes[given], colours[given]) : null,
      suggested >= 0 ? pair('Suggested', classes[suggested], colours[suggested]) : null,
      page.suspicion?.[index] != null ? h('div', { class: 'pair' }, h('span', {}, 'Mislabelled'), h('b', {}, percent(page.suspicion[index]))) : null,
      state?.[0] ? h('div', { class: 'pair decided' }, h('span', {}, 'Decision'), h('b', {}, decision(state, classes, given))) : null,
      state?.[5] ? h('div', { class: 'quiet' }, `by ${state[5]}${state[7] ? ', final: in force until it is undone' : ''}`) : null)
    const focused = this.element.getRootNode().activeElement
    if (focused !== this.note) this.note.value = state?.[3] ?? ''
    fill(this.tags, (state?.[4] ?? []).map((tag) => h('span', { class: 'tag' }, tag,
      h('button', { type: 'button', 'aria-label': `Remove the tag ${tag}`, onclick: () => this.tell.decide({ action: 'untag', text: tag }) }, '✕'))))
    if (state?.[0] !== 'ambiguous') fill(this.shares)
    else if (!this.shares.childElementCount) fill(this.shares, h('button', { type: 'button', class: 'quiet-button', onclick: () => this.edit() },
      state[2] ? 'Change the shares (E)' : 'Set the shares of the emotions (E)'))
  }

  /** Open the soft-label editor on the face in focus. */
  edit() {
    const { page, index, state, classes, colours } = this.context
    const facts = page.detail && this.facts.get(page.detail + page.face[index])
    // Blind, every emotion begins alike: the given label would show.
    const start = state?.[2] ?? (facts && facts.probs) ?? classes.map((_, k) => Number(!page.given || k === page.given[index]))
    this.editing = page.face[index]
    fill(this.shares, sharesEditor(classes, colours, start, (soft, label) => {
      fill(this.shares)
      this.tell.decide({ action: 'ambiguous', soft, label })
      this.tell.leave()
    }, () => {
      fill(this.shares)
      this.update(this.context.state)
      this.tell.leave()
    }))
    this.shares.querySelector('input')?.focus()
  }

  async fetch(page, face) {
    const stillShown = () => this.shown === face && this.view === page
    try {
      const answer = await fetch(page.detail + face)
      if (!answer.ok) throw new Error(await answer.text())
      this.keep(page.detail + face, await answer.json())
    } catch (error) {
      if (stillShown()) fill(this.known, h('p', { class: 'quiet' }, `The details of this face cannot be shown: ${error.message}`))
      return
    }
    if (stillShown()) this.explain(this.facts.get(page.detail + face))
  }

  keep(key, facts) {
    this.facts.set(key, facts)
    if (this.facts.size > KEPT) this.facts.delete(this.facts.keys().next().value)
  }

  explain(facts) {
    const { page, classes, colours } = this.context
    fill(this.known,
      facts.why ? h('p', { class: 'why' }, facts.why) : h('p', { class: 'quiet' }, 'No method has judged this face yet.'),
      facts.neighbours?.length ? h('figure', { class: 'neighbours' }, h('figcaption', {}, 'Nearest faces and their labels (G)'),
        h('div', {}, facts.neighbours.map(([face, label, , name]) => h('button', {
          type: 'button', class: label === facts.given ? 'near' : 'near other', title: `Show ${name}`, 'data-name': name, 'data-given': label, onclick: () => this.tell.open(name) },
          h('img', { src: `${page.faces}${face}/${SMALL}`, alt: `Near face ${name}, labelled ${classes[label]}`, width: SMALL, height: SMALL, loading: 'lazy' }),
          h('span', {}, this.tell.near(name) ?? [h('i', { class: 'dot', '--c': colours[label] }), classes[label]]))))) : null,
      facts.methods?.length ? h('table', { class: 'methods' }, h('caption', {}, 'Evidence of each method'),
        h('tbody', {}, facts.methods.map((method) => methodRow(method, classes)))) : null,
      facts.p_given && Object.keys(facts.p_given).length ? curves(facts.p_given) : null,
      facts.sets?.length ? h('p', { class: 'quiet' }, 'Other labels: ', facts.sets.map(([name, label]) => `${name} ${classes[label]}`).join(', ')) : null)
  }

  saveNote() {
    const before = this.context.state?.[3] ?? ''
    if (this.note.value.trim() !== before) this.tell.decide({ action: 'note', text: this.note.value.trim(), one: true })
  }

  saveTag() {
    const text = this.tag.value.trim()
    this.tag.value = ''
    if (text) this.tell.decide({ action: 'tag', text })
    this.tell.leave()
  }
}

const pair = (name, label, colour) => h('div', { class: 'pair' }, h('span', {}, name),
  h('b', {}, h('i', { class: 'dot', '--c': colour }), label))

function decision(state, classes, given) {
  const [action, label, soft] = state
  if (action === 'relabel' && label === given) return 'kept'
  if (action === 'relabel') return `→ ${classes[label]}`
  if (action === 'ambiguous' && soft) {
    return soft.map((share, k) => [share, k]).filter(([share]) => share > 0.005).sort((a, b) => b[0] - a[0])
      .map(([share, k]) => `${classes[k]} ${Math.round(share * 100)} %`).join(', ')
  }
  return { keep: 'kept', ambiguous: 'ambiguous', exclude: 'excluded', skip: 'skipped' }[action]
}

function methodRow(method, classes) {
  const columns = Object.entries(method.values).filter(([key, value]) => value !== null && key !== 'suspicion').map(([key, value]) => {
    const isLabel = /^(pred|suggested)/.test(key) && Number.isInteger(value) && classes[value]
    const [name, explanation] = method.words[key]
    return h('span', { title: explanation }, `${name} `, h('b', {}, isLabel ? classes[value] : typeof value === 'number' ? written(value, /^(epoch|rank)/.test(key) ? 'count' : 'number') : value))
  })
  return h('tr', {}, h('th', { scope: 'row' }, method.name),
    h('td', {}, method.assignment ? h('span', { class: `badge ${method.assignment}` }, method.assignment) : null),
    h('td', { class: 'said' }, columns.slice(0, 6)))
}

/** p(given) over the epochs, one line a method. */
function curves(series) {
  const [width, height, left, bottom] = [300, 74, 26, 14]
  const names = Object.keys(series)
  const longest = Math.max(...names.map((name) => series[name].length), 2)
  const x = (k) => left + (k / (longest - 1)) * (width - left - 4)
  const y = (p) => 4 + (1 - p) * (height - bottom - 6)
  const lines = names.map((name, k) => {
    const points = series[name].map((p, at) => (p === null ? null : `${x(at).toFixed(1)},${y(p).toFixed(1)}`)).filter(Boolean)
    return s('polyline', { points: points.join(' '), class: `curve c${k % 4}` })
  })
  return h('figure', { class: 'curves' },
    h('figcaption', {}, 'How likely the given label is, by epoch', names.length > 1 ? h('span', { class: 'keys' }, names.map((name, k) => h('span', { class: `key c${k % 4}` }, name))) : null),
    s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `How likely the label is over ${counted(longest, 'epoch')}` },
      [0, 0.5, 1].map((p) => s('line', { x1: left, x2: width - 4, y1: y(p), y2: y(p), class: 'rule' })),
      [[0, '0'], [1, '1']].map(([p, text]) => s('text', { x: left - 5, y: y(p) + 4, 'text-anchor': 'end' }, text)),
      s('text', { x: left, y: height - 3 }, '1'), s('text', { x: width - 4, y: height - 3, 'text-anchor': 'end' }, `epoch ${longest}`), lines))
}
