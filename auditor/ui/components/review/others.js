// What other people decide on the faces of this page while it is on the screen: asked every few seconds by a plain
// address, so that the page need not run again. A face that somebody else judged since it was drawn carries a mark, and
// the first key on it is held back.

const EVERY = 3000
const ACTS = {
  final: (label) => `made this final${label ? `: ${label}` : ''}`, keep: () => 'kept this label', relabel: (label) => `relabelled this to ${label}`, ambiguous: () => 'marked this as ambiguous',
  exclude: () => 'excluded this', skip: () => 'skipped this', undo: () => 'undid a decision on this', redo: () => 'restored a decision on this',
}
const MARKS = {
  final: (label) => `final${label ? `: ${label}` : ''}`, keep: () => '✓', relabel: (label) => `→ ${label}`, ambiguous: () => '≈', exclude: () => '✕', skip: () => '»', undo: () => '↶', redo: () => '↷',
}

export class Others {
  /** @param {{me: () => string, tab: string, found: (names: string[]) => void}} own */
  constructor({ me, tab, found }) {
    this.me = me
    this.tab = tab
    this.found = found
    this.marks = new Map()
    this.overruled = new Map() // up to which operation this reader has answered, by face
    this.page = null
    this.timer = null
  }

  /** A page is drawn: what was decided up to `seq` is on it. */
  begin(page, seq) {
    this.page = page
    this.seq = seq
    this.drawn = seq
    this.marks.clear()
    this.overruled.clear()
    this.plan()
  }

  plan() {
    clearTimeout(this.timer)
    if (this.page?.changes && this.page.name.length) this.timer = setTimeout(() => this.ask(), EVERY)
  }

  async ask() {
    const { page } = this
    try {
      const answer = await fetch(`${page.changes}${this.seq}/${[...new Set(page.row)].join('-')}`, { cache: 'no-store' })
      if (answer.ok && page === this.page) this.take(await answer.json(), page)
    } catch {
      // The server is away; the next question comes in a moment.
    }
    if (page === this.page) this.plan()
  }

  take({ seq, changed }, page) {
    if (page !== this.page) return
    this.seq = Math.max(this.seq, seq)
    const states = {}
    for (const [name, who, tab, act, label, ago, state, number] of changed) {
      if (tab === this.tab) continue
      states[name] = state
      if (who !== this.me()) this.mark(name, { who, act, label, number, at: Date.now() - ago * 1000 })
    }
    if (Object.keys(states).length) this.found(states)
  }

  mark(name, mark) {
    const latest = this.marks.get(name)?.number ?? this.overruled.get(name) ?? 0
    if (mark.number > latest) this.marks.set(name, { ...mark, seen: false })
  }

  /** This reader has decided the face again, knowing of it. */
  overrule(name) {
    const mark = this.marks.get(name)
    if (mark) this.overruled.set(name, mark.number)
    this.marks.delete(name)
  }

  /** An answer of the server may bring somebody else's decision before it was asked for. */
  spot(states) {
    for (const [name, [act, label, , , , who, seq, final]] of Object.entries(states)) {
      if (act && seq > this.drawn && who !== this.me()) this.mark(name, { who, act: final ? 'final' : act, label, number: seq, at: Date.now() })
    }
  }

  /** The mark of a face that its reader has not been told of. */
  unseen(name) {
    const mark = this.marks.get(name)
    return mark && !mark.seen ? mark : null
  }

  seen(name) {
    const mark = this.marks.get(name)
    if (mark) mark.seen = true
  }

  /** What a tile says of it. */
  words(name, classes) {
    const mark = this.marks.get(name)
    return mark ? `${mark.who} ${MARKS[mark.act]?.(classes[mark.label]) ?? ''}` : ''
  }

  /** What the line at the foot says of it. */
  sentence({ who, act, label, at }, classes) {
    const ago = Math.max(0, Math.round((Date.now() - at) / 1000))
    return `${who} ${ACTS[act]?.(classes[label]) ?? 'decided this'} ${ago < 90 ? `${ago} s` : `${Math.round(ago / 60)} min`} ago`
  }

  stop() {
    clearTimeout(this.timer)
    this.page = null
  }
}
