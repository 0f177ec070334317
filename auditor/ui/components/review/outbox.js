// Operations that the server has not acknowledged. They lie in sessionStorage until it has, so that a reload, a lost
// connection or a restart of the server loses nothing; each has an id of its own, so that sending twice is harmless.

const RESEND = 1500 // milliseconds without an answer until everything unacknowledged is sent again
const RESTING = 5000 // resends slow down to this when the server is away

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(36)).join('')

export class Outbox {
  /** @param {string} ds key of the data set  @param {(ops: object[]) => void} send  @param {() => void} changed */
  constructor(ds, send, changed) {
    this.ds = ds
    this.place = `auditor.outbox.${ds}`
    this.send = send
    this.changed = changed
    const kept = this.read()
    this.client = kept.client ?? `tab${random()}`
    this.n = kept.n ?? 0
    this.ops = kept.ops ?? []
    this.times = [] // when decisions were acknowledged, for the pace
    this.inFlight = 0 // highest number that was sent and is not answered
    this.tries = 0
    this.timer = null
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.place)) ?? {}
    } catch {
      return {}
    }
  }

  write() {
    try {
      sessionStorage.setItem(this.place, JSON.stringify({ client: this.client, n: this.n, ops: this.ops }))
    } catch {
      // A full or forbidden storage costs the protection against a reload, not the operation itself.
    }
  }

  /** Queue an operation and send it at once, unless an answer is still awaited: then it goes with the next. */
  add(op) {
    // A room that is on its way out shares the storage; a number it has used would pass for saved.
    this.n = Math.max(this.n, this.read().n ?? 0) + 1
    this.ops.push({ ...op, n: this.n, id: `${this.client}-${this.n}-${random()}`, ds: this.ds })
    this.write()
    this.changed()
    if (!this.inFlight) this.flush()
  }

  /** Send everything unacknowledged. */
  flush() {
    clearTimeout(this.timer)
    if (!this.ops.length) return
    this.inFlight = this.ops.at(-1).n
    this.send(this.ops)
    this.tries += 1
    this.timer = setTimeout(() => this.flush(), Math.min(RESEND * 2 ** Math.max(0, this.tries - 2), RESTING))
  }

  /** The server saved (or refused) every operation up to n. */
  acknowledge(client, n) {
    if (client !== this.client) return
    const left = this.ops.filter((op) => op.n > n)
    if (left.length === this.ops.length) return
    const now = Date.now()
    for (const op of this.ops) if (op.n <= n && op.names && op.action !== 'note') this.times.push([now, op.names.length])
    this.times = this.times.filter(([at]) => now - at < 5 * 60_000)
    this.ops = left
    this.tries = 0
    this.write()
    this.changed()
    if (n >= this.inFlight) {
      this.inFlight = 0
      clearTimeout(this.timer)
      this.flush()
    }
  }

  /** Decisions a minute over the last five minutes; null before there is enough to tell. */
  pace() {
    if (this.times.length < 3) return null
    const minutes = Math.max((Date.now() - this.times[0][0]) / 60_000, 0.25)
    return Math.round(this.times.reduce((sum, [, images]) => sum + images, 0) / minutes)
  }

  /** Send nothing for a while: the reader may be leaving, and a message to a page that is going would tear the next. */
  hold(milliseconds) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.flush(), milliseconds)
  }

  stop() {
    clearTimeout(this.timer)
  }
}
