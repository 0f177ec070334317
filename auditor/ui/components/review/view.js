// The protocol between the grid and the server. The browser owns the view: it numbers every view that it asks for, and
// the server names the number that it answers. Only the answer to the view that is waited for may turn the page; any
// other answer is an older one, and brings decisions up to date. Keys that come while a page is loading are held, and
// are carried out in order from the first face of that page. Knows neither the screen nor Streamlit.

export class View {
  /** @param {string} room names this grid: an answer to one that was on the page before is none to us */
  constructor(room) {
    this.room = room
    this.n = 0
    this.waiting = null // the number of the view that is loading
    this.settling = null // the number of an undo whose face only the server knows
    this.shown = false // whether any page is on the screen
    this.held = [] // keys that came meanwhile
    this.params = {}
    this.wish = {} // what comes with the question beside the filters
  }

  /** What to tell the server of the view that is shown or waited for; null before there is any. */
  message() {
    if (!this.shown && this.waiting === null) return null
    return { room: this.room, n: this.n, params: this.params, ...this.wish }
  }

  /** What waits: the keys and the view that they are meant for; null where none does. */
  get waits() {
    const { held, params, wish, settling } = this
    const requested = this.message() !== null // else they wait for the view that the address names
    return held.length ? { held, params: requested ? params : null, wish, face: settling !== null } : null
  }

  /** Ask for another view. */
  ask(params, wish = {}) {
    this.n += 1
    this.waiting = this.n
    this.params = params
    this.wish = wish
  }

  /**
   * What an answer is good for: 'turn' the page to it, 'ask' for what the address says, or only 'refresh' decisions.
   *
   * @param {{room: string, n: number}|null} answers the view that it answers, null for the address that the server read
   * @param {boolean} meant whether the answer's view is the one that the address names
   */
  judge(answers, meant) {
    const ours = answers?.room === this.room
    if (this.waiting !== null) return ours && answers.n === this.waiting ? 'turn' : 'refresh'
    if (this.shown) return 'refresh'
    return answers === null && meant ? 'turn' : 'ask'
  }

  /** Whether an answer is about the view on the screen. */
  current(answers) {
    return this.waiting === null && answers?.room === this.room && answers.n === this.n
  }

  /** The page that was waited for is on the screen. */
  turned(params) {
    this.waiting = null
    this.shown = true
    this.params = params
    this.wish = {}
  }

  get busy() {
    return this.waiting !== null || this.settling !== null
  }

  /** Keep a key until the page is there. */
  hold(words) {
    this.held.push(words)
  }

  /** Carry out the held keys in order, until one of them has to wait again. */
  release(run) {
    while (this.held.length && !this.busy) run(...this.held.shift())
  }
}
