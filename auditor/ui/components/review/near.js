// The nearest faces in the panel, from the keyboard: the arrows go along them, Enter shows one, a number or a deciding
// key decides it where it is, and the key for similar faces asks for its like.

const DECIDING = ['label', 'decide']
const MARKS = { keep: '✓ kept', ambiguous: '≈ ambiguous', exclude: '✕ excluded', skip: '» skipped' }

export class Near {
  /**
   * @param {HTMLElement} panel
   * @param {{decide: (name: string, given: number, words: any[]) => object|null, similar: (names: string[]) => void,
   *   open: (name: string) => void, leave: () => void, lead: (element: HTMLElement) => void, stands: (id: string) => boolean}} tell
   */
  constructor(panel, tell) {
    this.panel = panel
    this.tell = tell
    this.decided = new Map() // what was made of each near face on this page, by name: [decision's id, words]
  }

  /** Go to the first one; false where none is known. */
  enter() {
    const first = this.panel.querySelector('.near')
    if (first) this.tell.lead(first)
    return Boolean(first)
  }

  /** What its tile says instead of its label, after it was decided here; null for nothing. */
  words(name) {
    const [id, words] = this.decided.get(name) ?? []
    return id && this.tell.stands(id) ? words : null
  }

  /** Whether a key belonged to a near face. @param {any[]|null} words the command of the key */
  takes(event, words, classes) {
    const face = event.composedPath()[0].closest?.('.near')
    if (!face || event.ctrlKey || event.metaKey || event.altKey) return false
    const { name } = face.dataset
    if (event.key === 'Enter') this.tell.open(name)
    else if (event.key === 'Escape') this.tell.leave()
    else if (words?.[0] === 'move' && !event.shiftKey) this.step(face, words[1])
    else if (words?.[0] === 'similar') this.tell.similar([name])
    else if (DECIDING.includes(words?.[0])) this.decide(face, words, classes)
    else return false
    return true
  }

  step(face, where) {
    const all = [...this.panel.querySelectorAll('.near')]
    const to = { left: -1, right: 1, up: -4, down: 4 }[where]
    const at = all.indexOf(face) + (to ?? 0)
    const next = where === 'home' ? all[0] : where === 'end' ? all.at(-1) : all[Math.min(Math.max(at, 0), all.length - 1)]
    this.tell.lead(next)
  }

  decide(face, words, classes) {
    const op = this.tell.decide(face.dataset.name, Number(face.dataset.given), words)
    if (!op) return
    const text = op.action === 'relabel' ? `→ ${classes[op.label]}` : MARKS[op.action]
    this.decided.set(face.dataset.name, [op.id, text])
    face.lastElementChild.textContent = text
  }
}
