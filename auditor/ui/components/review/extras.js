// What the room can do beyond deciding and moving: finding, looking closer, whole queues, saved views, its own keys.
// The room calls it at a few places and knows nothing of the parts.

import { command } from './keys.js'
import { besideTypical, dialogOf, preview, sideBySide, summary } from './dialogs.js'
import { Errands } from './errands.js'
import { counted, fill, h } from './dom.js'
import { farewell } from './farewell.js'
import { Finder } from './finder.js'
import { Lens } from './lens.js'
import { Light } from './light.js'
import { Near } from './near.js'
import { Sheet } from './sheet.js'
import { random, tab } from './tab.js'
import { Views } from './views.js'

const MOST_BESIDE = 4
const NARROW = 1000 // pixels of the window below which the faces need the place of the navigation
const DECIDING = ['label', 'decide', 'accept']

export class Extras {
  /** @param {object} room the Room of main.js, whose element and parts stand already */
  constructor(room) {
    this.room = room
    const leave = () => room.focus.back(true)
    const lead = (element) => room.focus.lead(element)
    this.errands = new Errands({ random, send: () => room.send() })
    this.finder = new Finder({ view: (change) => room.ask(change), busy: () => room.view.busy, leave })
    this.sheet = new Sheet((keys) => this.errands.ask('keys', { keys }).then(() => { this.keys = keys }))
    this.views = new Views({ ask: (...words) => this.errands.ask(...words), view: (params) => this.whole(params), named: (name) => room.ask({ named: name, page: room.view.params.page ?? '' }), say: (text) => room.bar.say(text), leave, lead })
    this.near = new Near(room.panel.element, {
      decide: (...words) => this.decideNear(...words), similar: (names) => this.similar(names), open: (name) => room.open(name), leave, lead,
      stands: (id) => room.outbox.history.done.some((each) => each.id === id),
    })
    this.light = new Light(room.room)
    this.lens = new Lens(room.panel.picture.parentElement, room.panel.picture)
    this.windows = { compare: dialogOf('Side by side', 'compare'), bulk: dialogOf('Accept the suggestions of the whole queue', 'bulk'), summary: dialogOf('This session', 'summary') }
    this.windows.compare.dialog.addEventListener('keydown', (event) => this.judged(event))
    room.panel.element.querySelector('.beside').append(h('div', { class: 'look-closer' },
      h('button', { type: 'button', tabindex: -1, title: 'Faces like this one, or like the selected ones (L)', onclick: () => room.run('similar') }, 'Find similar'),
      h('button', { type: 'button', tabindex: -1, title: 'Side by side (C)', onclick: () => room.run('compare') }, 'Compare')))
    room.bar.extend(this)
    // Behind review.css, whose rules it refines.
    queueMicrotask(() => room.root.append(h('link', { rel: 'stylesheet', href: new URL('./extras.css', import.meta.url).href })))
    room.room.append(this.sheet.element, ...Object.values(this.windows).map(({ dialog }) => dialog))
    this.onPoint = (event) => this.pointed(event)
    document.addEventListener('pointerdown', this.onPoint, true)
    this.keys = {}
    this.decided = false
    makeRoom()
  }

  /** A page is on the screen. */
  turned(page, params) {
    this.page = page
    this.params = params
    this.keys = page.keys ?? {}
    this.sheet.show(this.keys, page.keys_problem)
    this.finder.show(page, params)
    this.views.show(params)
    this.near.decided.clear()
    if (this.looking && params.sel) this.room.bar.say(`${counted(page.name.length, 'most similar face')}, nearest first; ✕ beside the name leaves this list`)
  }

  /** Every answer of the server's. */
  heard(data) {
    this.finder.say(data.query)
    if (this.looking && data.unlike) this.room.bar.say(data.unlike)
    if (!this.room.view.busy) this.looking = false
    this.errands.hear(data.errands)
  }

  /** Whether a key is for one of the parts; the room does nothing with it then. */
  takes(event) {
    if (this.room.room.querySelector('dialog[open]')) return true
    const open = this.room.room.querySelector('details.more[open]')
    if (event.key === 'Escape' && open) {
      open.open = false
      this.room.focus.back(true)
    } else if (!this.near.takes(event, command(event, this.keys), this.room.classes)) return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  /** A press outside of a menu closes it. */
  pointed(event) {
    if (!this.room.here()) return document.removeEventListener('pointerdown', this.onPoint, true)
    const path = event.composedPath()
    for (const menu of this.room.room.querySelectorAll('details.more[open]')) if (!path.includes(menu)) menu.open = false
    return null
  }

  /** The commands that the parts carry out, by name. */
  acts() {
    const { room } = this
    return {
      search: () => this.params.blind ? room.bar.say('Blind: names are hidden, because a name may contain a label') : this.finder.search(),
      query: () => this.params.blind ? room.bar.say('Blind: labels are hidden, and a query would reveal them') : this.finder.open(),
      more: () => this.openMenu('.filters details.more'),
      views: () => this.views.open(),
      size: () => room.focus.lead(room.bar.element.querySelector('.per')),
      blind: () => room.bar.toggleBlind(),
      near: () => this.near.enter() || room.bar.say('No nearest faces are known for this face'),
      similar: () => this.similar(room.grid.targets().map((k) => room.page.name[k])),
      compare: () => this.compare(),
      zoom: (step) => this.lens.zoom(step),
      light: () => this.openMenu('details.look'),
      acceptAll: () => this.acceptAll(),
      summary: () => this.summary(),
    }
  }

  openMenu(selector) {
    const menu = this.room.bar.element.querySelector(selector)
    menu.open = true
    this.room.focus.lead(menu.querySelector('select, input, button'))
  }

  /** A view as a whole: what it does not name is not asked for. */
  whole(params) {
    const nothing = Object.fromEntries(Object.keys(this.room.view.params).map((name) => [name, '']))
    this.room.ask({ ...nothing, ...params })
  }

  /** The faces like some, as a queue: part of the question for the page, so that one answer brings them. */
  similar(asked) {
    const names = asked.filter(Boolean)
    if (!names.length) return
    if (this.params.blind) return this.room.bar.say('Blind: similar faces would reveal labels')
    this.room.bar.say('Looking for similar faces …')
    this.looking = true
    const nothing = Object.fromEntries(Object.keys(this.room.view.params).filter((name) => !['per', 'view'].includes(name)).map((name) => [name, '']))
    this.room.step()
    this.room.ask({ ...nothing, like: names })
  }

  /** Decide a near face, which may not be on this page. */
  decideNear(name, given, [act, what]) {
    const { room } = this
    const { classes } = room
    if (act === 'label' && what >= classes.length) return null
    const action = act === 'label' ? 'relabel' : what
    const label = act === 'label' ? what : null
    const from = ['keep', 'ambiguous'].includes(action) ? { from: [classes[given] ?? null] } : {}
    const op = room.outbox.add({
      kind: 'decide', action, label, to: label === null ? null : classes[label], ...from, mode: 'open', names: [name], ev: room.data.ev,
      shown: Date.now() / 1000, who: room.me(), seen: room.seen([name]),
    })
    room.redraw()
    room.bar.say(`${name}: ${action === 'relabel' ? classes[label] : action}`)
    return op
  }

  async compare() {
    const { room } = this
    const { dialog, body } = this.windows.compare
    if (this.params.blind) return room.bar.say('Blind: typical faces would show labels')
    const at = room.grid.targets().slice(0, MOST_BESIDE)
    if (!at.length) return null
    if (at.length > 1) sideBySide(body, room.page, at, room.classes, room.colours)
    else {
      try {
        const { classes } = await this.errands.ask('typical', { names: [room.page.name[at[0]]] })
        besideTypical(body, room.page, at[0], classes, room.classes, room.colours)
      } catch (error) {
        return room.bar.say(error.message)
      }
    }
    dialog.showModal()
    body.focus() // not the cross: Enter accepts the suggestion here, too
    return null
  }

  /** A deciding key in the comparison decides the faces that it was opened for. */
  judged(event) {
    const words = command(event, this.keys)
    if (!DECIDING.includes(words?.[0]) || event.target.matches('button')) return
    event.preventDefault()
    event.stopPropagation()
    this.windows.compare.dialog.close()
    this.room.run(...words)
  }

  async acceptAll() {
    const { room } = this
    const { dialog, body } = this.windows.bulk
    const close = () => dialog.close()
    try {
      const offer = await this.errands.ask('preview')
      preview(body, offer, room.classes, room.colours, () => {
        close()
        this.accept(offer)
      }, close)
      dialog.showModal()
      body.querySelector('.buttons button').focus()
    } catch (error) {
      room.bar.say(error.message)
    }
  }

  async accept({ queue, faces }) {
    const { room } = this
    room.bar.say(`Saving ${counted(faces, 'decision')} …`)
    try {
      const done = await this.errands.ask('accept all', { queue, faces, tab })
      room.outbox.history.decided({ id: done.op, names: [done.name], mode: 'open' })
      room.outbox.write()
      room.bar.say(`Accepted ${counted(done.faces, 'suggestion')}; U undoes all of them`)
    } catch (error) {
      room.bar.say(error.message)
    }
  }

  /** What this tab did, as the server saved it; null where it is not to be told or not known. */
  async stint() {
    if (!this.page?.stint) return null
    const answer = await fetch(this.page.stint + tab, { cache: 'no-store' })
    return answer.ok ? answer.json() : null
  }

  async summary() {
    const { body, dialog } = this.windows.summary
    const stint = await this.stint().catch(() => null)
    fill(body, stint ? summary(stint, this.room.classes) : h('p', {}, this.params.blind ? 'Blind: the summary would reveal what is hidden; leave blind mode to see it.' : 'The server does not answer; try again in a moment.'))
    dialog.showModal()
  }

  /** The room is left for another page: say what was done, where anything was. */
  left() {
    document.removeEventListener('pointerdown', this.onPoint, true)
    if (!this.decided || !this.page?.stint || this.parted) return
    this.parted = true
    const { classes } = this.room
    this.stint().then((stint) => stint?.faces && farewell(summary(stint, classes))).catch(() => {})
  }
}

/** On a narrow window the navigation folds away, once: who opens it again wants it. */
function makeRoom() {
  try {
    if (innerWidth > NARROW || sessionStorage.getItem('auditor.folded')) return
    sessionStorage.setItem('auditor.folded', '1')
  } catch {
    return // a browser that forbids storage would fold it again and again
  }
  document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
}
