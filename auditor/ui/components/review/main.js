// The review room: keys become operations, operations are shown at once and saved behind the eye's back.
// Streamlit calls `mount` with every change of its data; a room lives as long as its element.

import { faces, fill, h } from './dom.js'
import { Bar } from './bar.js'
import { Grid } from './grid.js'
import { command, taken } from './keys.js'
import { labelButtons } from './labels.js'
import { Outbox } from './outbox.js'
import { byMode, emptyWords, isDark, pages, remember, same } from './pages.js'
import { Panel } from './panel.js'
import { makeSheet } from './sheet.js'
import { fold } from './states.js'

const HOLD = 5000 // milliseconds without a resend after a click that may lead away
const rooms = new WeakMap()

export default function mount(component) {
  const root = component.parentElement
  if (!rooms.has(root)) rooms.set(root, new Room(root))
  rooms.get(root).receive(component)
  // Streamlit also calls the cleanup of a call that a newer one overtook: only a room off the page is over.
  return () => setTimeout(() => {
    if (!rooms.get(root)?.here()) {
      rooms.get(root)?.leave()
      rooms.delete(root)
    }
  })
}

class Room {
  constructor(root) {
    this.root = root
    this.path = location.pathname // of Review itself; it changes before the room goes
    this.viewNumber = 0
    this.waiting = null // the number of a view that was asked for and has not come
    this.typed = [] // keys that came meanwhile
    this.landing = 0
    this.grid = new Grid({ focused: () => this.focused(), selected: () => this.counters(), opened: () => this.run('view') })
    this.panel = new Panel({ decide: (op) => this.decide(op), leave: () => this.grid.element.focus() })
    this.bar = new Bar({ view: (change) => this.ask(change), run: (...words) => this.run(...words) })
    this.labels = h('nav', { class: 'labels', 'aria-label': 'Labels by key' })
    this.empty = h('div', { class: 'empty', hidden: true })
    this.sheet = makeSheet()
    this.room = h('div', { class: 'room', hidden: true }, this.bar.element,
      h('div', { class: 'body' }, h('div', { class: 'left' }, this.grid.element, this.empty, this.labels), this.panel.element), this.sheet)
    const style = h('link', { rel: 'stylesheet', href: new URL('./review.css', import.meta.url).href })
    // Unstyled cells would flash by; the room shows itself when its style is there.
    style.onload = style.onerror = () => { this.room.hidden = false; this.focused() }
    root.append(style, this.room)
    this.onKey = (event) => this.key(event)
    this.onLeave = (event) => this.here() && this.outbox?.ops.length && event.preventDefault()
    this.onClick = (event) => this.gone() || (event.target.closest?.('a, [data-testid="stSidebar"]') && this.outbox?.hold(HOLD))
  }

  /** Hear the keys, or no longer; saying either twice is harmless. */
  listen(how = 'addEventListener') {
    document[how]('keydown', this.onKey, true)
    document[how]('click', this.onClick, true)
    window[how]('beforeunload', this.onLeave)
  }

  leave() {
    this.listen('removeEventListener')
    clearTimeout(this.addressTimer)
    this.outbox?.stop()
  }

  here() {
    return (this.root.host ?? this.root).isConnected
  }

  /** Whether the room was taken off the page: its keys then belong to the room that came after it. */
  gone() {
    // The cleanup may come while the last room still shows, and not again when Streamlit takes it away.
    if (!this.here()) this.leave()
    return !this.here()
  }

  /** New data from the server. */
  receive({ data, setStateValue }) {
    this.setStateValue = setStateValue
    this.listen()
    if (this.outbox?.ds !== data.ds) {
      this.outbox?.stop()
      this.outbox = new Outbox(data.ds, () => this.send(), () => this.changed())
      if (this.outbox.ops.length) setTimeout(() => this.outbox.flush())
    }
    if (data.rows) remember(data.page, data.rows)
    const page = pages.get(data.page)
    if (!page) { // the server believes that this tab has the rows; it does not
      this.send(true)
      return
    }
    const turned = page !== this.page || (this.waiting !== null && data.view.n >= this.waiting)
    this.data = data
    this.page = page
    this.outbox.acknowledge(data.ack.client, data.ack.n)
    if (turned) this.turn(data, page)
    else this.redraw()
    this.report(data)
    this.changed()
    this.replay(data)
  }

  turn(data, page) {
    const dark = isDark(this.room)
    this.colours = dark ? page.colours.dark : page.colours.light
    this.classes = page.classes
    this.params = data.view.params
    this.room.classList.toggle('single', this.params.view === 'single')
    this.room.classList.toggle('dark', dark)
    this.bar.show(page, this.params)
    fill(this.labels, labelButtons(this.classes, this.colours, (...words) => this.run(...words)))
    const named = page.name.indexOf(this.params.image ?? ''), end = page.row.length - 1
    const focus = this.landing === 'last' ? end : named >= 0 ? named : Math.min(this.landing, end)
    this.landing = 0
    this.states = null
    this.grid.show(page, focus)
    this.redraw(true)
    this.showEmpty(page)
    this.preload()
  }

  /** Send what is unacknowledged, what is asked for, and which page is here. */
  send(forget = false) {
    if (!this.here()) return
    this.setStateValue('room', {
      client: this.outbox.client, ops: this.outbox.ops, have: forget ? null : this.data?.page ?? null, view: this.view ?? null,
    })
  }

  /** Ask for another view: a filter, a sort, a page. */
  ask(change, { landing = 0, refresh = false } = {}) {
    const turning = 'page' in change
    const params = { ...this.params, ...change, image: '' }
    if (!turning) params.page = ''
    for (const name of Object.keys(params)) if (params[name] === '' || params[name] === undefined) delete params[name]
    this.params = params // a second change may come before the first has arrived
    this.landing = landing
    this.viewNumber = Math.max(this.viewNumber, Number(this.data?.view.n ?? 0)) + 1
    this.view = { n: this.viewNumber, params, refresh }
    this.waiting = this.viewNumber
    this.room.classList.add('turning')
    this.send()
  }

  replay(data) {
    if (this.waiting === null || data.view.n < this.waiting) return
    this.waiting = null
    this.room.classList.remove('turning')
    const typed = this.typed.splice(0)
    typed.forEach((words) => this.run(...words))
  }

  key(event) {
    if (this.gone() || event.defaultPrevented || this.sheet.open || taken(event)) return
    const words = command(event)
    if (!words) return
    event.preventDefault()
    event.stopPropagation()
    this.run(...words)
  }

  /** Carry out a command; while another page is on its way, it waits for that. */
  run(name, ...given) {
    if (this.waiting !== null && name !== 'sheet') return void this.typed.push([name, ...given])
    const acts = {
      move: (where, extend) => this.move(where, extend),
      label: (k) => k < this.classes.length && this.decide({ action: 'relabel', label: k }),
      decide: (action) => this.mark(action),
      accept: () => this.accept(),
      undo: () => this.outbox.add({ kind: 'undo', ev: this.data.ev }),
      redo: () => this.outbox.add({ kind: 'redo', ev: this.data.ev }),
      view: () => this.ask({ view: this.params.view === 'single' ? '' : 'single', page: this.params.page ?? '' }, { landing: this.grid.focus }),
      page: (step) => this.turnPage(step),
      note: () => this.panel.note.focus(),
      tag: () => this.panel.tag.focus(),
      shares: () => this.panel.edit(),
      sheet: () => this.sheet.showModal(),
      clear: () => this.grid.clear(),
      toggle: () => this.grid.toggle(),
      all: () => this.grid.select(this.page.row.keys()),
    }
    acts[name]?.(...given)
  }

  move(where, extend) {
    const left = this.grid.move(where, extend)
    if (left === 'after') this.turnPage(1)
    if (left === 'before') this.turnPage(-1, 'last')
  }

  turnPage(step, landing = 0) {
    const to = this.data.at.page + step
    if (to >= 1 && to <= this.data.at.pages) this.ask({ page: String(to) }, { landing })
  }

  mark(action) {
    if (action === 'keep' && !this.page.given) {
      this.bar.say('Blind: the given label is hidden, so press the number of the one you see')
      return
    }
    this.decide({ action })
  }

  /** Enter: every face takes its own suggestion; where that is the given label, it is kept. */
  accept() {
    const at = this.grid.targets()
    const { suggested, given } = this.page
    if (!suggested || at.some((k) => suggested[k] < 0)) {
      this.bar.say(this.page.given ? 'No method has suggested a label here yet' : 'Blind: the suggestion is hidden')
      return
    }
    this.decide(at.every((k) => suggested[k] === given[k]) ? { action: 'keep' } : { action: 'relabel', label: at.map((k) => suggested[k]) })
  }

  /** Queue an operation on the targets, show it, and go on to the next face. */
  decide({ one = false, ...op }) {
    const at = one ? [this.grid.focus] : this.grid.targets()
    if (!at.length) return
    const shown = this.shownAt ?? Date.now() / 1000
    for (const [mode, chosen] of byMode(at, this.params, this.page)) {
      const label = Array.isArray(op.label) ? chosen.map((k) => op.label[at.indexOf(k)]) : op.label ?? null
      this.outbox.add({ kind: 'decide', ...op, label, ...this.named(op, label, chosen), mode, names: chosen.map((k) => this.page.name[k]), ev: this.data.ev, shown })
    }
    this.redraw()
    if (!['note', 'tag', 'untag'].includes(op.action) && !op.soft) this.advance(at)
    else this.counters()
  }

  /** What the numbers of a decision mean on this page, by class name: the data set may have other numbers when it arrives. */
  named({ action, soft }, label, chosen) {
    const name = (k) => this.classes[k] ?? null
    const from = ['keep', 'ambiguous'].includes(action) && this.page.given ? { from: chosen.map((k) => name(this.page.given[k])) } : {}
    const shares = soft ? { shares: Object.fromEntries(soft.map((share, k) => [name(k), share])) } : {}
    return { to: Array.isArray(label) ? label.map(name) : name(label), ...from, ...shares }
  }

  advance(at) {
    const next = Math.max(...at) + 1
    if (next < this.page.row.length) this.grid.moveTo(next)
    else if (this.data.at.page < this.data.at.pages) this.turnPage(1)
    else this.grid.moveTo(Math.min(next, this.page.row.length - 1))
  }

  /** What holds for every cell: the server's states with the unacknowledged operations on top. */
  redraw(all = false) {
    const before = this.states ?? []
    this.states = fold(this.data, this.page, this.outbox.ops)
    for (const k of this.page.row.keys()) {
      if (all || !same(before[k], this.states[k])) this.grid.draw(k, this.states[k], this.classes, this.colours)
    }
    if (this.page.row.length) this.panel.show(this.page, this.grid.focus, this.states[this.grid.focus], this.classes, this.colours)
    this.counters()
  }

  counters() {
    if (this.data) this.bar.count(this.data.counts, this.data.at, this.grid.selection.size, this.outbox.pace())
  }

  focused() {
    if (!this.states || !this.page.row.length) return
    this.shownAt = Date.now() / 1000
    this.panel.show(this.page, this.grid.focus, this.states[this.grid.focus], this.classes, this.colours)
    clearTimeout(this.addressTimer)
    this.addressTimer = setTimeout(() => {
      if (!this.here() || location.pathname !== this.path) return // the address is another page's by now
      const address = new URL(location.href)
      address.searchParams.set('image', this.page.name[this.grid.focus] ?? '')
      history.replaceState(history.state, '', address) // a reload comes back to this face
    }, 300)
  }

  changed() {
    if (this.data) this.bar.save(this.outbox.ops.length, this.data.problem)
  }

  /** Say what the server made of the last operations. */
  report({ refused, last, view }) {
    const wrong = Object.values(refused ?? {})[0]
    if (wrong) this.bar.say(wrong)
    if (!last || last.n === this.reported) return
    const first = this.reported === undefined
    this.reported = last.n
    if (first || !last.images) return
    const what = `${last.action || 'decision'} of ${last.images === 1 ? last.name : faces(last.images)}`
    this.bar.say(last.kind === 'undo' ? `Undone: ${what}` : last.kind === 'redo' ? `Redone: ${what}` : '')
    if (last.kind !== 'decide' && view.n >= (this.waiting ?? 0)) {
      const index = this.page.name.indexOf(last.name)
      if (index >= 0) this.grid.moveTo(index)
    }
  }

  showEmpty(page) {
    const none = !page.row.length
    this.empty.hidden = !none
    this.room.classList.toggle('none', none)
    if (none) fill(this.empty, ...emptyWords(this.data.counts.all, this.params, (change) => this.ask(change)))
  }

  /** Fetch the facts of the first faces before they are asked for. */
  preload() {
    if (!this.page.given) return
    setTimeout(() => this.page.row.slice(this.grid.focus + 1, this.grid.focus + 4).forEach((row) => this.panel.fetch(this.page, row)), 600)
  }
}
