// The lines above the grid: filters, counters, what is saved, pages.

import { count, counted, faces, fill, h } from './dom.js'

const DECIDED = [
  ['', 'Reviewed or not'], ['no', 'Not reviewed'], ['yes', 'Reviewed'], ['keep', 'Kept'], ['relabel', 'Relabelled'],
  ['ambiguous', 'Ambiguous'], ['exclude', 'Excluded'], ['skip', 'Skipped'], ['noted', 'With a note'],
]
const ASSIGNED = [['', 'Any assignment'], ['noisy', 'Noisy'], ['ambiguous', 'Ambiguous'], ['clean', 'Clean']]
const DUPLICATES = [['', 'Duplicates or not'], ['any', 'Has duplicates'], ['conflict', 'Duplicates disagree']]
const PEOPLE = [['', 'People agree or not'], ['differ', 'People disagree'], ['open', 'Disagree, nothing final']]
const MORE = ['votes', 'smin', 'smax', 'by', 'people', 'tag', 'dup']
const UNSEEN = { class: '', suggested: '', q: '', query: '' } // filters that tell what blind mode hides
const FILTERS = ['class', 'suggested', 'assignment', 'reviewed', 'q', 'query', 'sel', 'mine', ...MORE]
const SIZES = [['30', '30 a page'], ['', '60 a page'], ['120', '120 a page'], ['240', '240 a page'], ['500', '500 a page']]

export class Bar {
  /** @param {{view: (change: object) => void, run: (command: string, argument?: any) => void}} tell */
  constructor(tell) {
    this.tell = tell
    this.menus = h('div', { class: 'contents' })
    this.rest = h('div', { class: 'contents' })
    this.filters = h('div', { class: 'filters', role: 'search', 'aria-label': 'Filters' }, this.menus, this.rest)
    this.list = h('div', { class: 'contents' })
    this.counters = h('div', { class: 'counters' })
    this.meter = h('div', { class: 'meter', role: 'progressbar', 'aria-label': 'Reviewed of this queue', 'aria-valuemin': 0, 'aria-valuemax': 100 }, h('i'))
    this.progress = h('span', { class: 'quiet' })
    this.saved = h('span', { class: 'saved', role: 'status' })
    this.held = h('span', { class: 'held', role: 'status', hidden: true })
    this.pages = h('div', { class: 'pages' })
    this.sizes = h('div', { class: 'contents' })
    this.said = h('div', { class: 'said-last', role: 'status' })
    // Keys do what these do; Tab goes past them.
    const button = (text, label, run) => h('button', { type: 'button', tabindex: -1, title: label, 'aria-label': label, onclick: run }, text)
    this.undo = button('↶', 'Undo (U)', () => tell.run('undo'))
    this.redo = button('↷', 'Redo (Shift U)', () => tell.run('redo'))
    this.single = button('▣', 'Grid or single face (V)', () => tell.run('view'))
    this.blind = h('button', { type: 'button', title: 'Hide the given label and the suggestion', onclick: () => this.toggleBlind() }, 'Blind')
    this.tools = h('div', { class: 'tools' }, this.undo, this.redo, this.single, this.blind, button('?', 'Keys (?)', () => tell.run('sheet')))
    this.element = h('header', { class: 'bar' }, h('div', { class: 'line' }, this.filters, this.tools),
      h('div', { class: 'line second' }, this.list, this.counters, this.meter, this.progress, this.said, this.held, this.saved, this.sizes, this.pages))
  }

  /** Put in what the other parts of the room bring: fields that are typed into are never built anew. */
  extend({ finder, views, light }) {
    this.menus.after(finder.name)
    this.filters.append(finder.toggle, views.element)
    this.tools.prepend(light.element)
    this.element.firstChild.after(finder.line)
  }

  toggleBlind() {
    this.tell.view({ blind: this.params.blind ? '' : '1', ...UNSEEN })
  }

  /** Rebuild the menus for a view. */
  show(page, params) {
    this.params = params
    const classes = (any) => [['', any], ...page.classes.map((name) => [name, name])]
    const more = MORE.filter((name) => params[name]).length
    fill(this.menus,
      page.part ? h('button', { type: 'button', class: 'part', 'aria-pressed': String(Boolean(params.mine)), title: 'Show the faces that were given to you',
        onclick: () => this.tell.view({ mine: params.mine ? '' : '1', sel: '' }) }, 'My part') : null,
      params.blind ? null : this.menu('class', 'Given label', classes('Given: any')),
      page.evidence && !params.blind ? this.menu('suggested', 'Suggested label', classes('Suggested: any')) : null,
      page.evidence ? this.menu('assignment', 'Assignment', ASSIGNED) : null,
      this.menu('reviewed', 'Reviewed', DECIDED))
    // Not among the filters: their row would grow, and push the faces down.
    fill(this.list, page.selection ? h('span', { class: 'chip' }, h('span', { class: 'text', title: page.selection[0] }, page.selection[0]), `: ${count(page.selection[1])}`,
      h('button', { type: 'button', 'aria-label': 'Leave this selection', onclick: () => this.tell.view({ sel: '' }) }, '✕')) : null)
    fill(this.rest, this.popover(page, more),
      FILTERS.some((name) => params[name]) ? h('button', { type: 'button', class: 'plain', onclick: () =>
        this.tell.view(Object.fromEntries(FILTERS.map((name) => [name, '']))) }, 'Clear') : null)
    this.blind.setAttribute('aria-pressed', String(Boolean(params.blind)))
    this.single.setAttribute('aria-pressed', String(params.view === 'single'))
    fill(this.sizes, this.menu('sort', 'Order', this.orders(page, params), 'order'), this.menu('per', 'Faces a page', SIZES, 'per'))
  }

  menu(name, label, choices, kind = '') {
    const now = this.params[name] ?? ''
    const listed = choices.some(([value]) => value === now)
    const options = listed ? choices : [...choices, [now, now.replaceAll(',', ', ')]]
    return h('select', { 'aria-label': label, title: label, class: `${now && !kind ? 'set' : ''} ${kind}`.trim(), onchange: (event) => this.tell.view({ [name]: event.target.value }) },
      options.map(([value, text]) => h('option', { value, selected: value === now }, text)))
  }

  /** The orders there are; the other way round of one (a minus in the address) only where it is asked for. */
  orders(page, { sort = '', sel }) {
    if (!sort) return [['', sel ? 'Order of the list' : page.sort_title], ...page.sorts.filter(([, title]) => title !== page.sort_title)]
    return sort.startsWith('-') ? [...page.sorts, [sort, `${page.sort_title}, reversed`]] : page.sorts
  }

  popover(page, active) {
    const range = (name, text, low) => h('label', {}, text, h('input', { type: 'number', min: 0, max: 100, step: 5,
      value: this.params[name] === undefined ? low : Math.round(this.params[name] * 100),
      onchange: (event) => this.tell.view({ [name]: event.target.value === String(low) ? '' : String(event.target.value / 100) }) }))
    const list = (names, any) => [['', any], ...names.map((name) => [name, name])]
    const votes = Array.from({ length: Math.max(page.methods, 1) }, (_, k) => [String(k + 1), `${k + 1} or more: noisy`])
    return h('details', { class: 'more', open: this.open ?? false, ontoggle: (event) => { this.open = event.target.open } },
      h('summary', { class: active ? 'set' : '' }, active ? `More (${active})` : 'More'),
      h('div', { class: 'menu' },
        page.evidence ? [this.menu('votes', 'Votes of the methods', [['', 'Any votes'], ...votes]),
          h('div', { class: 'range' }, range('smin', 'Suspicion % from', 0), range('smax', 'to', 100))] : null,
        this.menu('by', 'Reviewed by', list(page.annotators, 'Reviewed by anyone')),
        page.annotators.length > 1 ? this.menu('people', 'People', PEOPLE) : null,
        this.menu('tag', 'Tag', list(page.tags, 'Any tag')),
        page.duplicates ? this.menu('dup', 'Duplicates', DUPLICATES) : null))
  }

  /** Bring the counters up to date. */
  count(counts, at, selected, pace) {
    const shows = JSON.stringify([counts, at.page, at.pages, selected, pace])
    if (this.counted === shows) return
    this.counted = shows
    fill(this.counters, h('b', {}, count(counts.queue)), ` of ${faces(counts.all)}`,
      counts.repeats ? ` · ${count(counts.repeats)} shown twice` : '',
      selected ? h('span', { class: 'chosen' }, `${count(selected)} selected`) : null)
    const share = counts.queue ? counts.reviewed / counts.queue : 0
    this.meter.firstChild.style.width = `${share * 100}%`
    this.meter.setAttribute('aria-valuenow', String(Math.round(share * 100)))
    fill(this.progress, `${count(counts.reviewed)} reviewed`, counts.skipped ? ` · ${count(counts.skipped)} skipped` : '', pace ? ` · ${pace} a minute` : '',
      counts.consistency?.[1] ? ` · same answer ${counts.consistency[0]} of ${counts.consistency[1]} times` : '')
    fill(this.pages,
      h('button', { type: 'button', 'aria-label': 'Previous page', disabled: at.page <= 1, onclick: () => this.tell.run('page', -1) }, '‹'),
      h('span', {}, `${count(at.page)} / ${count(at.pages)}`),
      h('button', { type: 'button', 'aria-label': 'Next page', disabled: at.page >= at.pages, onclick: () => this.tell.run('page', 1) }, '›'))
  }

  /** The dot that says whether everything is saved, and what becomes of what is not. */
  save(waiting, problem, silent) {
    const words = waiting && (problem || silent) ? unsaved(waiting, problem) : waiting ? `Saving ${count(waiting)}` : problem ? 'Saved; the database is away' : 'Saved'
    if (this.savedWords === words) return
    this.savedWords = words
    this.saved.dataset.state = waiting && (problem || silent) ? 'failed' : waiting ? 'waiting' : 'done'
    this.saved.title = problem ?? ''
    fill(this.saved, h('i'), words)
  }

  /** How many keys wait for the page that is loading. */
  hold(keys) {
    this.held.hidden = !keys
    fill(this.held, keys ? counted(keys, 'key waits', 'keys wait') : '')
  }

  /** What the last operation did, in a few words. */
  say(text) {
    if (!text && !this.said.title) return
    this.said.title = text
    fill(this.said, text)
  }
}

function unsaved(waiting, problem) {
  const why = problem ? 'the database is away' : 'the server does not answer'
  return `Not saved yet: ${count(waiting)}; ${why}. Kept in this browser, sent automatically`
}
