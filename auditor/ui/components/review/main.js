// The review room: keys become operations, operations are shown at once and saved behind the eye's back.
// Streamlit calls `mount` with every change of its data; a room lives as long as its element.

import { addressParams, nameOfTab, sameView, writeAddress } from './address.js'
import { counted, faces, fill, h } from './dom.js'
import { Bar } from './bar.js'
import { Extras } from './extras.js'
import { Focus } from './focus.js'
import { Grid, WORDS } from './grid.js'
import { command, taken } from './keys.js'
import { labelButtons, nameAccept } from './labels.js'
import { Late } from './late.js'
import { Final } from './final.js'
import { Others } from './others.js'
import { orphans, Outbox } from './outbox.js'
import { byMode, emptyWords, isDark, pages, remember, same } from './pages.js'
import { Panel } from './panel.js'
import { commit, fold, leaveOut } from './states.js'
import { claim, random, tab } from './tab.js'
import { View } from './view.js'

const HOLD = 5000 // milliseconds without a resend after a click that may lead away
const AGAIN = 4000 // milliseconds without a page until it is asked for again
const QUIET = 700 // milliseconds without a key after which a key is an answer to what the screen just said
const ANNOUNCED = 250 // milliseconds after a decision until it is read out
const AT_ONCE = ['sheet', 'search', 'query', 'more', 'views', 'size', 'light'] // of no face: they need not wait for a page
const OPENING = ['note', 'tag', 'shares'] // what is typed next is meant for a field of the face
const JUDGING = ['keep', 'relabel', 'ambiguous', 'exclude', 'skip']
const rooms = new WeakMap()
const outboxes = new Map() // by data set; they outlive the room, for the reader may come back to it
const late = new Late(OPENING)
let beat = 0
let newest = null // the room that came last: while it is off the page, its keys are kept for the next one
let addressed = '' // the face that a room last named in the address
let veiled = false // whether the page that was shown last was blind
let stepped = false // whether the browser's Back may lead to another view of this page
let stood = null // the page and the face that the reader was on: whoever comes back goes on there

export default function mount(component) {
  const root = component.parentElement
  if (!rooms.has(root)) rooms.set(root, newest = new Room(root))
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
    this.view = new View(random())
    this.landing = 0
    this.met = [] // faces whose key was refused for somebody else's decision: that much its reader was told
    this.grid = new Grid({ focused: () => this.focused(), selected: () => this.selected(), opened: () => this.run('view') })
    this.panel = new Panel({ decide: (op) => this.decide(op), leave: () => this.focus.back(true), open: (name) => this.open(name), near: (name) => this.extras.near.words(name) })
    this.bar = new Bar({ view: (change) => this.ask(change), run: (...words) => this.run(...words) })
    this.final = new Final()
    this.others = new Others({ me: () => this.me(), tab, found: (states) => this.found(states) })
    this.labels = h('nav', { class: 'labels', 'aria-label': 'Labels by key' })
    this.empty = h('div', { class: 'empty', hidden: true })
    this.aloud = h('div', { class: 'visually-hidden', 'aria-live': 'polite' })
    this.room = h('div', { class: 'room', hidden: true }, this.bar.element,
      h('div', { class: 'body' }, h('div', { class: 'left' }, this.grid.element, this.empty, this.labels), this.panel.element), this.aloud)
    this.focus = new Focus(this.room, this.grid.element)
    this.extras = new Extras(this)
    const style = h('link', { rel: 'stylesheet', href: new URL('./review.css', import.meta.url).href })
    // Unstyled cells would flash by; the room shows itself when its style is there.
    style.onload = style.onerror = () => {
      this.room.hidden = false
      this.grid.reveal()
      this.focused()
      this.focus.back()
      this.release()
    }
    root.append(style, this.room)
    this.onKey = (event) => this.key(event)
    this.onLeave = (event) => {
      if (this.here() && (this.outbox?.ops.length || this.view.held.length)) event.preventDefault()
    }
    this.onClick = (event) => this.clicked(event)
    this.onBack = (event) => this.wentBack(event)
    this.room.addEventListener('transitionend', (event) => event.target === this.room && event.propertyName === 'color' && this.recolour())
  }

  /** Hear what happens on the page, or no longer; saying either twice is harmless. Keys are heard until `late` ends it. */
  listen(how = 'addEventListener') {
    document.addEventListener('keydown', this.onKey, true)
    document[how]('click', this.onClick, true)
    window[how]('beforeunload', this.onLeave)
    window[how]('popstate', this.onBack, true)
    this.focus.listen(how)
  }

  leave() {
    this.listen('removeEventListener')
    if (location.pathname !== this.path) document.removeEventListener('keydown', this.onKey, true) // its reader went elsewhere
    clearTimeout(this.addressTimer)
    clearTimeout(this.againTimer)
    this.others.stop()
    if (!this.here()) this.extras.left()
    if (this.outbox?.tell.room === this) this.outbox.stop()
  }

  here() {
    return (this.root.host ?? this.root).isConnected
  }

  /** Whether the room was taken off the page: its keys then belong to the room that comes after it. */
  gone() {
    // The cleanup may come while the last room still shows, and not again when Streamlit takes it away.
    if (!this.here()) this.leave()
    return !this.here()
  }

  /** A click anywhere on the page: one that may lead away, and one that only left the focus on a link. */
  clicked(event) {
    const link = event.target.closest?.('a, [data-testid="stSidebar"]')
    if (this.gone() || !link) return
    if (this.view.held.length) this.bar.say('The waiting keys are kept and applied when you come back to Review')
    this.outbox?.rest(HOLD)
    setTimeout(() => this.here() && location.pathname === this.path && this.focus.back(), 100)
  }

  me() {
    return nameOfTab() ?? this.who
  }

  /** New data from the server. */
  receive({ data, setStateValue }) {
    this.setStateValue = setStateValue
    this.listen()
    this.who = data.who
    this.attach(data)
    if (data.rows) remember(data.page, data.rows)
    this.problem = data.problem
    this.outbox.heard()
    this.acknowledged(data)
    if (this.comeBack()) return
    const verdict = this.judge(data)
    if (verdict === 'ask') {
      // The person reviews blind in another tab, or did so in the room before this one; an older address does not end it.
      this.view.ask({ ...addressParams(), ...(data.params.blind ? { blind: '1' } : {}) })
      return this.send()
    }
    if (verdict === 'turn') {
      const page = pages.get(data.page)
      if (!page) return this.send(true) // the server believes that this tab has the rows; it does not
      this.turn(data, page)
    } else if (this.page) this.refresh(data)
    this.report(data)
    this.settle(data)
    this.extras.heard(data)
    this.changed()
    this.release()
  }

  /** This data set's queue; what closed tabs could not send joins it. */
  attach({ ds }) {
    if (!outboxes.has(ds)) {
      const made = new Outbox({ ds, tab, random }, { send: () => made.tell.room?.send(), changed: () => made.tell.room?.changed() })
      outboxes.set(ds, made)
      this.adopt(made)
    }
    const outbox = outboxes.get(ds)
    // Another room has left its queue behind, or the page was loaded anew: what is in it waits for nobody else.
    if (outbox.tell.room !== this && outbox.ops.length) setTimeout(() => outbox.flush())
    outbox.tell.room = this
    this.outbox = outbox
    this.ds = ds
  }

  /** The reader had left while keys waited for a page: ask for that page again, and carry them out when it is there. */
  comeBack() {
    const { held } = this.outbox
    if (!held || this.view.shown || this.view.waiting !== null) return false
    if (held.face) { // they waited for an undo, whose face is not known any more
      this.outbox.hold(null)
      this.bar.say(`Not applied: ${counted(held.held.length, 'key')} pressed after an undo, because you left before its face was known`)
      return false
    }
    this.view.held = held.held
    this.landing = held.landing
    this.view.ask(held.params ?? addressParams(), held.wish)
    this.room.classList.add('turning')
    this.applied = `Applied: ${counted(held.held.length, 'key')} pressed before you left`
    this.bar.hold(held.held.length)
    this.send()
    return true
  }

  /** Keep what waits for as long as it does, whatever becomes of the room. */
  keepHeld() {
    this.bar.hold(this.view.held.length)
    this.outbox.hold(this.view.waits && { ...this.view.waits, landing: this.landing })
  }

  async adopt(outbox) {
    for (const { place, ops, held } of await orphans(outbox.ds, tab, claim)) {
      const { adopted, left } = outbox.adopt(ops)
      localStorage.removeItem(place)
      if (adopted) this.bar.say(`Saved now: ${counted(adopted, 'key')} that a closed tab could not save`)
      if (held) this.bar.say(`Not applied: ${counted(held, 'key')} of a closed tab that waited for a page`)
      if (left) this.bar.say('An undo of a closed tab was not applied; undo on the History page')
    }
  }

  /** What the server saved is known from now on; what it refused never was. */
  acknowledged({ ack, refused }) {
    const wrong = new Map(Object.entries(refused ?? {}).map(([n, why]) => [Number(n), why]))
    const gone = this.outbox.acknowledge(ack.client, ack.n)
    const told = gone.filter((op) => wrong.has(op.n))
    for (const op of told) {
      const [sentence, met, saved] = wrong.get(op.n)
      if (!saved) this.outbox.history.forget(op.id)
      this.bar.say(told.length > 1 ? `${counted(told.length, 'key was', 'keys were')} not saved: ${sentence}` : sentence)
      this.met.push(...met)
    }
    const saved = gone.filter((op) => op.kind !== 'decide' || !wrong.has(op.n) || wrong.get(op.n)[2])
      .map((op) => wrong.has(op.n) && op.names ? leaveOut(op, wrong.get(op.n)[1]) : op)
    if (this.page && saved.length) commit(this.known, this.page, saved, this.me())
  }

  /** What to do with an answer; see view.js. */
  judge(data) {
    if (this.page && data.ds !== this.data.ds) { // another data set was chosen in the sidebar
      this.view.waiting = this.view.settling = null
      this.view.held = []
      return 'turn'
    }
    const verdict = this.view.judge(data.for, sameView(addressParams(), data.params))
    const other = this.page && (data.ev !== this.data.ev || (this.view.params.blind && data.who !== this.data.who))
    if (verdict === 'refresh' && other && this.view.current(data.for)) { // newer evidence or another name, as asked for
      this.landing = this.grid.focus
      return 'turn'
    }
    return verdict
  }

  turn(data, page) {
    const params = { ...data.params, page: data.at.page > 1 ? String(data.at.page) : '' }
    const back = !this.view.shown && !this.view.held.length && stood?.page === data.page
    const again = back ? stood.focus : 0
    const behind = back && params.image === addressed // the address did not follow the reader's last step yet
    const at = behind ? -1 : page.name.indexOf(params.image ?? ''), end = page.name.length - 1
    if (!this.view.shown) this.overtaken(back)
    delete params.image
    this.data = data
    this.page = page
    this.known = { states: { ...data.states }, repeats: { ...data.repeats } }
    this.view.turned(params)
    this.room.classList.remove('turning')
    clearTimeout(this.againTimer)
    this.dress()
    this.classes = page.classes
    this.room.classList.toggle('single', params.view === 'single')
    const typing = this.focus.at()
    const tabbed = this.focus.nameOfTabbed()
    if (Boolean(params.blind) !== this.blind) this.bar.say('') // it may tell what is hidden now
    this.blind = veiled = Boolean(params.blind)
    this.bar.show(page, params)
    this.extras.turned(page, params)
    this.showLabels()
    const focus = at >= 0 ? at : data.at.first ?? (this.landing === 'last' ? end : Math.min(this.landing || again, end))
    this.landing = 0
    this.states = null
    this.others.begin(page, data.seq)
    this.final.begin()
    this.grid.show(page, focus)
    this.redraw(true)
    this.nameAccept()
    this.showEmpty(page)
    this.preload()
    if (this.extras.finder.holds(typing)) { // who types a name goes on typing
    } else if (this.focus.goOn(tabbed, this.bar.element)) { // and who went to a menu while the page was loading stays there
    } else if (!typing.isConnected || this.bar.element.contains(typing) || typing === document.body) this.focus.back(true)
    else this.focus.back()
    this.nameInAddress(0) // at once: who reloads now comes back to this page
    this.sought(page)
  }

  /** Take the colours for a light or a dark page. */
  dress() {
    const dark = isDark(this.room)
    this.colours = dark ? this.page.colours.dark : this.page.colours.light
    this.room.classList.toggle('dark', dark)
  }

  showLabels() {
    fill(this.labels, labelButtons(this.classes, this.colours, (...words) => this.run(...words), this.blind, Boolean(this.page.evidence)))
  }

  /** What 'accept' would do to the faces that a key acts on. */
  nameAccept() {
    const { suggested } = this.page
    if (suggested) nameAccept(this.labels, this.grid.targets().map((k) => this.classes[suggested[k]]).filter(Boolean))
  }

  /** The system went from light to dark, or back, while the room was open. */
  recolour() {
    if (!this.page || !this.here()) return
    this.dress()
    this.showLabels()
    this.redraw(true)
    this.nameAccept()
  }

  /** An answer that turns nothing: decisions and counters. */
  refresh(data) {
    if (data.page === this.data.page) {
      this.others.spot(data.states)
      this.met.splice(0).forEach((name) => this.others.seen(name))
      this.known = { states: { ...data.states }, repeats: { ...data.repeats } }
    }
    if (this.view.current(data.for)) this.data = { ...this.data, counts: data.counts }
    this.redraw()
  }

  /** What others decided meanwhile. */
  found(states) {
    if (!this.here() || !this.page) return
    for (const [name, state] of Object.entries(states)) {
      if (!((this.known.states[name]?.[6] ?? 0) > (state[6] ?? Infinity))) this.known.states[name] = state
    }
    this.redraw(true)
  }

  /** Send what is unacknowledged, the view, and which page is here. */
  send(forget = false) {
    if (!this.here()) return
    this.setStateValue('room', {
      client: this.outbox.client, ds: this.ds, ev: this.data?.ev ?? null, ops: this.outbox.ops,
      have: forget ? null : this.data?.page ?? null, view: this.view.message(), beat: (beat += 1), errands: this.extras.errands.message(),
    })
    clearTimeout(this.againTimer)
    if (this.view.waiting !== null) this.againTimer = setTimeout(() => this.send(), AGAIN)
  }

  /** Ask for another view: a filter, a sort, a page. */
  ask(change, { landing = 0 } = {}) {
    const params = { ...this.view.params, image: '', ...change }
    if (!('page' in change)) params.page = ''
    if (!('named' in change || 'page' in change)) params.named = '' // another view than the saved one
    for (const name of Object.keys(params)) if (params[name] === '' || params[name] === undefined) delete params[name]
    this.landing = landing
    // Where the server began anew meanwhile, its queue is another one: it goes on after the last face shown here.
    this.view.ask(params, { queue: this.data?.at.queue, after: 'page' in change ? this.page?.name.at(-1) : null })
    this.room.classList.add('turning')
    this.send()
  }

  /** Let the browser's Back return to the view on the screen from the one that is asked for next. */
  step() {
    if (this.view.waiting !== null) return
    this.nameInAddress(0)
    stepped = true
    history.pushState(history.state, '', location.href)
  }

  /** Back, or forward, between two views of this room: Streamlit would draw the page anew for it. */
  wentBack(event) {
    if (!stepped || this.gone() || location.pathname !== this.path || new URL(location.href).searchParams.get('ds') !== this.ds) return
    event.stopImmediatePropagation()
    const nothing = Object.fromEntries(Object.keys(this.view.params).map((name) => [name, '']))
    this.ask({ ...nothing, ...addressParams(), blind: veiled ? '1' : '' }) // no step back shows what is hidden
  }

  key(event) {
    if (event.defaultPrevented) return
    if (this.gone()) {
      this.late(event)
      return
    }
    if (this.focus.lost(event)) {
      this.bar.say('The page was drawn anew while you typed; press Escape or click, and keys mean the face again')
      return
    }
    this.focus.pressed(event)
    if (this.extras.takes(event) || taken(event, this.focus.tabbed)) return
    const words = command(event, this.extras.keys)
    if (!words) return
    event.preventDefault()
    event.stopPropagation()
    this.focus.back()
    this.run(...words)
  }

  /** A key with this room off the page: it is kept for the room that Streamlit is about to draw. */
  late(event) {
    if (newest !== this || location.pathname !== this.path) {
      document.removeEventListener('keydown', this.onKey, true)
      return
    }
    const words = !this.focus.lost(event) && !taken(event, null) && command(event, this.extras.keys)
    if (!words) return
    event.preventDefault()
    event.stopPropagation()
    late.keep(words)
  }

  /** What was pressed before this room stood: it waits for the page like any key, if the page is the one that was left. */
  overtaken(same) {
    const { carry, dropped } = late.take(same)
    this.view.held.push(...carry)
    if (dropped) this.applied = `Not applied: ${counted(dropped, 'key')} pressed while the page was drawn anew`
  }

  /** Carry out a command; while another page is loading, it waits for that. */
  run(name, ...given) {
    const waits = this.view.busy || this.view.held.length || this.room.hidden || !this.page
    if (waits && !(AT_ONCE.includes(name) && this.page)) {
      if (this.stopped()) return
      if (OPENING.includes(name)) return this.refuse('A page is loading, so this key has no face yet; press it again when the page is shown')
      this.view.hold([name, ...given])
      this.keepHeld()
    } else this.act(name, ...given)
  }

  /** Carry nothing out, and neither the rest of this run of keys, which was meant for what was refused. */
  refuse(sentence) {
    this.stop = { sentence, keys: 0, at: Date.now() }
    this.bar.say(sentence)
  }

  /** Carry out the keys that waited. */
  release() {
    if (this.room.hidden || !this.page) return
    this.view.release((...words) => this.act(...words))
    this.keepHeld()
    if (!this.applied || this.view.held.length) return
    if (!this.bar.said.textContent) this.bar.say(this.applied) // else there is more to tell of one of them
    this.applied = ''
  }

  act(name, ...given) {
    if (!AT_ONCE.includes(name) && this.stopped()) return
    const acts = {
      move: (where, extend) => this.move(where, extend),
      label: (k) => k < this.classes.length && this.decide({ action: 'relabel', label: k }),
      decide: (action) => this.mark(action),
      accept: () => this.accept(),
      undo: () => this.turnBack('undo'),
      redo: () => this.turnBack('redo'),
      view: () => this.toggleSingle(),
      page: (step) => this.turnPage(step),
      note: () => this.panel.note.focus(),
      tag: () => this.panel.tag.focus(),
      shares: () => this.panel.edit(),
      sheet: () => this.extras.sheet.showModal(),
      ...this.extras.acts(),
      clear: () => this.grid.clear(),
      toggle: () => this.grid.toggle(),
      all: () => this.grid.select(this.page.name.keys()),
    }
    acts[name]?.(...given)
  }

  /** A grid or one face: the browser's own matter. */
  toggleSingle() {
    const { view, ...params } = this.view.params
    this.view.params = view === 'single' ? params : { ...params, view: 'single' }
    this.room.classList.toggle('single', view !== 'single')
    this.panel.element.scrollTop = 0 // its head is what one comes for
    this.bar.show(this.page, this.view.params)
    this.nameInAddress()
    this.grid.moveTo(this.grid.focus, true)
    this.send() // for the link in the sidebar
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

  /** Show a face: where it is on this page, else where it is in this queue, else in a queue of its own. */
  open(name) {
    const index = this.page.name.indexOf(name)
    if (index >= 0) return this.grid.moveTo(index)
    this.seeking = { name, alone: false }
    this.step()
    this.ask({ image: name })
  }

  sought(page) {
    const { seeking } = this
    this.seeking = null
    if (!seeking || page.name.includes(seeking.name)) return
    if (seeking.alone) return this.bar.say(`${seeking.name} is not among the faces to review`)
    this.seeking = { ...seeking, alone: true }
    this.ask({ ...Object.fromEntries(Object.keys(this.view.params).map((name) => [name, ''])), q: seeking.name })
  }

  mark(action) {
    if (action === 'keep' && !this.page.given) {
      this.bar.say('Blind: the given label is hidden, so press the number of the label that you see')
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
    const judging = JUDGING.includes(op.action)
    this.extras.decided = true
    if (judging && (this.ended(op) || this.heldBack(at))) return
    this.bar.say('')
    const shown = this.shownAt ?? Date.now() / 1000
    for (const [mode, chosen] of byMode(at, this.view.params, this.page)) {
      const label = Array.isArray(op.label) ? chosen.map((k) => op.label[at.indexOf(k)]) : op.label ?? null
      const names = chosen.map((k) => this.page.name[k])
      const meant = this.named(op, label, chosen)
      this.outbox.add({ kind: 'decide', ...op, label, ...meant, mode, names, ev: this.data.ev, shown, who: this.me(), seen: this.seen(names) })
      if (judging) names.forEach((name) => this.others.overrule(name))
    }
    const goesOn = judging && !op.soft
    this.redraw(false, !goesOn || Math.max(...at) + 1 === this.page.name.length) // else the panel is about to show the next face
    const stands = judging && this.final.among(at.map((k) => this.states[k]), this.classes)
    if (stands) this.bar.say(`Recorded as your decision; still in force: ${stands}`)
    if (goesOn) {
      this.advance(at)
      this.announce(at)
    }
  }

  /** What the numbers of a decision mean on this page, by class name: the data set may have other numbers when it arrives. */
  named({ action, soft }, label, chosen) {
    const name = (k) => this.classes[k] ?? null
    const from = ['keep', 'ambiguous'].includes(action) && this.page.given ? { from: chosen.map((k) => name(this.page.given[k])) } : {}
    const shares = soft ? { shares: Object.fromEntries(soft.map((share, k) => [name(k), share])) } : {}
    return { to: Array.isArray(label) ? label.map(name) : name(label), ...from, ...shares }
  }

  /** The last operation on a face that this screen shows: a newer one of somebody else is met, not overwritten. */
  seen(names) {
    if (this.view.params.mine) return null // judged beside the others', whose decisions the page does not show
    return Math.max(this.others.seq, ...names.map((name) => this.known.states[name]?.[6] ?? 0))
  }

  /** After the last face of the queue a pass is over: its next keys would decide that face again. */
  ended(op) {
    if (!this.over || op.soft) return false
    this.bar.say('The queue ends here, so this key changed nothing. Move to a face, or undo, to decide it again')
    return true
  }

  /** The first key on a face that somebody else judged meanwhile, or that has a final decision, is held back, and says so. */
  heldBack(at) {
    const meets = at.map((k) => [this.page.name[k], this.states[k]])
      .filter(([name, state]) => this.others.unseen(name) || this.final.untold(name, state))
    if (!meets.length) return false
    const [[name, state]] = meets
    const final = this.final.sentence(state, this.classes)
    const sentence = final || this.others.sentence(this.others.unseen(name), this.classes)
    const more = meets.length > 1 ? ` (and ${meets.length - 1} more of the selected faces ${final ? 'are final or ' : ''}were changed)` : ''
    for (const [each] of meets) {
      this.others.seen(each)
      this.final.tell(each)
    }
    this.stop = { sentence: `${sentence}${more}; press again to ${final ? 'record your own decision beside it' : 'decide otherwise'}`, keys: 0, at: Date.now() }
    this.bar.say(this.stop.sentence)
    return true
  }

  /** A run of keys goes on before its reader can see that one was held back: none of the rest may land on that face. */
  stopped() {
    if (!this.stop) return false
    if (Date.now() - this.stop.at > QUIET) {
      this.stop = null
      return false
    }
    this.stop.at = Date.now()
    this.stop.keys += 1
    this.bar.say(`${this.stop.sentence} (${counted(this.stop.keys, 'more key')} not applied)`)
    return true
  }

  /** Undo or redo; the focus goes where that is known, and keys wait where only the server knows. */
  turnBack(kind) {
    const before = this.states
    const [op, target] = this.outbox.turnBack(kind, { ev: this.data.ev, who: this.me() })
    this.redraw()
    this.turned = target && { n: op.n, undone: kind === 'undo' && this.wordFor(target, before), target }
    if (target) this.goTo(target.names[0], target.mode === 'repeat')
    else this.view.settling = op.n
  }

  /** What its tile calls a decision of one face: a label that is the given one was kept; '' where no tile shows it. */
  wordFor({ names: [name], mode }, states) {
    const index = this.indexOf(name, mode === 'repeat')
    const [action, label] = states?.[index] ?? []
    return action === 'relabel' && label === this.page.given?.[index] ? WORDS.keep : WORDS[action] ?? ''
  }

  indexOf(name, repeated) {
    return this.page.name.findIndex((each, k) => each === name && this.page.repeat.includes(k) === repeated)
  }

  goTo(name, repeated = false) {
    const index = this.indexOf(name, repeated)
    if (index >= 0) this.grid.moveTo(index)
  }

  /** The server has carried out an undo that it alone knew the face of; where its database is away, keys go on. */
  settle({ ack, last, problem }) {
    if (this.view.settling === null) return
    const done = ack.n >= this.view.settling
    if (done && last?.n === this.view.settling && last.name) this.goTo(last.name)
    if (done || problem) this.view.settling = null
  }

  advance(at) {
    const next = Math.max(...at) + 1
    if (next < this.page.name.length) this.grid.moveTo(next)
    else if (this.data.at.page < this.data.at.pages) this.turnPage(1)
    else {
      this.grid.moveTo(this.page.name.length - 1)
      this.over = true
    }
  }

  /** Tell who listens what was decided and where the focus went; after the paint, and of a run of keys the last alone. */
  announce(at) {
    clearTimeout(this.announcing)
    const { page } = this
    this.announcing = setTimeout(() => {
      if (this.page !== page || !this.here()) return // a page that turns names its own face
      const [decided, next] = [at.at(-1), this.grid.focus].map((k) => this.grid.cells[k].getAttribute('aria-label'))
      const done = at.length > 1 ? `${faces(at.length)} decided` : decided
      fill(this.aloud, at.includes(this.grid.focus) ? `${done}. The queue ends here` : `${done}. Next: ${next}`)
    }, ANNOUNCED)
  }

  /** What holds for every cell: the server's states with the unacknowledged operations on top. */
  redraw(all = false, panel = true) {
    const before = this.states ?? []
    this.states = fold(this.known, this.page, this.outbox.ops, this.me())
    for (const k of this.page.name.keys()) {
      const other = this.final.words(this.states[k], this.classes) || this.others.words(this.page.name[k], this.classes)
      if (all || other || !same(before[k], this.states[k])) this.grid.draw(k, this.states[k], this.classes, this.colours, other)
    }
    if (panel && this.page.name.length) this.panel.show(this.page, this.grid.focus, this.states[this.grid.focus], this.classes, this.colours)
    this.counters()
  }

  counters() {
    if (this.data) this.bar.count(this.data.counts, this.data.at, this.grid.selection.size, this.outbox.pace())
  }

  selected() {
    this.over = false
    this.counters()
    this.nameAccept()
  }

  focused() {
    this.over = false
    if (!this.states || !this.page.name.length) return
    this.shownAt = Date.now() / 1000
    stood = { page: this.data.page, focus: this.grid.focus }
    this.panel.show(this.page, this.grid.focus, this.states[this.grid.focus], this.classes, this.colours)
    this.nameAccept()
    this.nameInAddress()
  }

  /** Let the address name this view and the face in focus; soon, for the focus may go on at once. */
  nameInAddress(delay = 300) { // a cursor that is held down names only the face where it stops
    clearTimeout(this.addressTimer)
    const write = () => {
      if (!this.here() || location.pathname !== this.path || this.view.waiting !== null) return // another page's by now
      addressed = this.page.name[this.grid.focus] ?? ''
      writeAddress(this.ds, this.view.params, addressed)
    }
    if (delay) this.addressTimer = setTimeout(write, delay)
    else write()
  }

  changed() {
    if (this.data) this.bar.save(this.outbox.ops.length, this.problem, this.outbox.silent)
    if (this.outbox.silent && this.view.settling !== null) {
      this.view.settling = null
      this.release()
    }
  }

  /** Say what the server made of the last operations. */
  report({ last }) {
    if (!last || last.n === this.reported) return
    const first = this.reported === undefined
    this.reported = last.n
    if (first && last.kind === 'decide') return
    if (!last.images) {
      if (last.kind !== 'decide') this.bar.say(`Nothing to ${last.kind}`)
      return
    }
    const one = last.images === 1
    const ours = one && this.turned?.n === last.n ? this.turned : null
    const word = (ours && (ours.undone || this.wordFor(ours.target, this.states))) || WORDS[last.action] || last.action || 'decision'
    const what = `${word}, ${one ? this.page?.given ? last.name : 'a face' : faces(last.images)}`
    if (last.kind !== 'decide') this.bar.say(last.kind === 'undo' ? `Undone: ${what}` : `Redone: ${what}`)
  }

  showEmpty(page) {
    const none = !page.name.length
    this.empty.hidden = !none
    this.room.classList.toggle('none', none)
    if (none) fill(this.empty, ...emptyWords(this.data.counts.all, this.view.params, (change) => this.ask(change)))
  }

  /** Fetch the facts of the first faces before they are asked for. */
  preload() {
    const { page } = this
    const next = () => page.face.slice(this.grid.focus + 1, this.grid.focus + 4).forEach((face) => this.panel.fetch(page, face))
    if (page.detail) setTimeout(() => this.page === page && next(), 600)
  }
}
