// Operations that the server has not acknowledged. They lie in localStorage until it has, under the tab's own name, so
// that a reload, a closed tab, a lost connection or a database that is away loses nothing; each has an id of its own, so
// that sending twice is harmless. Knows neither the screen nor Streamlit.

import { History } from './undo.js'

const RESEND = 1500 // milliseconds without an answer until everything unacknowledged is sent again
const RESTING = 5000 // resends slow down to this when the server is away
const SILENT = 3 // so many sends without any answer: the server does not hear us

export class Outbox {
  /**
   * @param {{ds: string, tab: string, random: () => string, storage?: Storage, clock?: object}} own
   * @param {{send: () => void, changed: () => void}} tell
   */
  constructor({ ds, tab, random, storage = ownStorage(), clock = globalThis }, { send, changed }) {
    this.ds = ds
    this.client = tab
    this.random = random
    this.storage = storage
    this.clock = clock
    this.tell = { send, changed }
    this.place = placeOf(ds, tab)
    const stored = read(storage, this.place)
    this.n = stored.n ?? 0
    this.ops = stored.ops ?? []
    this.held = stored.held ?? null // keys that wait for a page, with the view that they are meant for
    this.history = new History(stored.done, stored.undone)
    this.times = [] // when decisions were acknowledged, for the pace
    this.inFlight = 0 // highest number that was sent and is not answered
    this.tries = 0 // sends since the last acknowledgement
    this.unheard = 0 // sends since the last answer of any kind
    this.timer = null
  }

  write() {
    const { n, ops, held, history } = this
    try {
      if (!n && !held && !this.storage.getItem(this.place)) return
      this.storage.setItem(this.place, JSON.stringify({ n, ops, held, ...history.kept() }))
    } catch {
      // A full or forbidden storage costs the protection against a reload, not the operation itself.
    }
  }

  /** Keep keys that wait for a page, so that they outlive the room and a reload; null when they are carried out. */
  hold(held) {
    if (!held && !this.held) return
    this.held = held
    this.write()
  }

  /** Take over what a closed tab could not send; an undo without a target would take back something else by now. */
  adopt(ops) {
    const sent = new Set(this.ops.map((op) => op.id))
    const unsent = ops.filter((op) => !sent.has(op.id) && (op.kind === 'decide' || op.target))
    for (const op of unsent) this.ops.push({ ...op, n: (this.n += 1) })
    this.write()
    this.tell.changed()
    this.flush()
    return { adopted: unsent.length, left: ops.length - unsent.length }
  }

  /** Queue an operation and send it at once, unless an answer is still awaited: then it goes with the next. */
  add(op) {
    // A room that is on its way out shares the storage; a number it has used would pass for saved.
    this.n = Math.max(this.n, read(this.storage, this.place).n ?? 0) + 1
    const queued = { ...op, n: this.n, id: `${this.client}-${this.n}-${this.random()}`, ds: this.ds }
    this.ops.push(queued)
    if (op.kind === 'decide') this.history.decided(queued)
    this.write()
    this.tell.changed()
    if (!this.inFlight) this.flush()
    return queued
  }

  /** Undo or redo this tab's own last act, or where it has none, the annotator's last by the server's word. */
  turnBack(kind, op) {
    const target = this.history[kind]()
    return [this.add({ ...op, kind, target: target?.id ?? null }), target]
  }

  /** Send everything unacknowledged. */
  flush() {
    this.clock.clearTimeout(this.timer)
    if (!this.ops.length) return
    this.inFlight = this.ops.at(-1).n
    this.tell.send()
    this.tries += 1
    this.unheard += 1
    this.timer = this.clock.setTimeout(() => this.flush(), Math.min(RESEND * 2 ** Math.max(0, this.tries - 2), RESTING))
    if (this.unheard === SILENT) this.tell.changed()
  }

  /** Whether the server has not answered for some time. */
  get silent() {
    return this.ops.length > 0 && this.unheard >= SILENT
  }

  /** The server answered, if only that it could not save. */
  heard() {
    this.unheard = 0
  }

  /** The server saved (or refused) every operation up to n; returns these. */
  acknowledge(client, n) {
    if (client !== this.client) return []
    const gone = this.ops.filter((op) => op.n <= n)
    if (!gone.length) return []
    const now = Date.now()
    for (const op of gone) if (op.names && op.action !== 'note') this.times.push([now, op.names.length])
    this.times = this.times.filter(([at]) => now - at < 5 * 60_000)
    this.ops = this.ops.filter((op) => op.n > n)
    this.tries = 0
    this.write()
    this.tell.changed()
    if (n >= this.inFlight) {
      this.inFlight = 0
      this.clock.clearTimeout(this.timer)
      this.flush()
    }
    return gone
  }

  /** Decisions a minute over the last five minutes; null before there is enough to tell. */
  pace() {
    if (this.times.length < 3) return null
    const minutes = Math.max((Date.now() - this.times[0][0]) / 60_000, 0.25)
    return Math.round(this.times.reduce((sum, [, images]) => sum + images, 0) / minutes)
  }

  /** Send nothing for a while: the reader may be leaving, and a message to a page that is going would tear the next. */
  rest(milliseconds) {
    this.clock.clearTimeout(this.timer)
    this.timer = this.clock.setTimeout(() => this.flush(), milliseconds)
  }

  stop() {
    this.clock.clearTimeout(this.timer)
  }
}

const START = 'auditor.outbox.'
export const placeOf = (ds, tab) => `${START}${ds}.${tab}`

function read(storage, place) {
  try {
    return JSON.parse(storage.getItem(place)) ?? {}
  } catch {
    return {}
  }
}

/**
 * What tabs that are closed could not send for a data set; it is theirs no longer afterwards.
 *
 * @param {string} ds  @param {string} own this tab's id  @param {(id: string) => Promise<boolean>} claim false while a tab lives
 */
export async function orphans(ds, own, claim, storage = ownStorage()) {
  const tabs = []
  const places = placesIn(storage).filter((key) => key?.startsWith(placeOf(ds, '')))
  for (const place of places) {
    const tab = place.slice(placeOf(ds, '').length)
    if (tab === own || !(await claim(tab))) continue
    const { ops = [], held } = read(storage, place)
    tabs.push({ place, ops, held: held?.held.length ?? 0 })
  }
  return tabs
}

function placesIn(storage) {
  try {
    return Array.from({ length: storage.length }, (_, k) => storage.key(k))
  } catch {
    return [] // a browser that forbids storage keeps nothing of a closed tab
  }
}

function ownStorage() {
  try {
    return localStorage
  } catch {
    return null // as above
  }
}
