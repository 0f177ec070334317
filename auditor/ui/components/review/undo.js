// What this tab decided and undid, so that undo and redo name their decision and move the focus without waiting.

const KEPT = 300

export class History {
  constructor(done = [], undone = []) {
    this.done = done
    this.undone = undone
  }

  kept() {
    return { done: this.done, undone: this.undone }
  }

  decided({ id, names, mode }) {
    this.done = [...this.done, { id, names: names.slice(0, 1), mode }].slice(-KEPT)
    this.undone = []
  }

  /** The decision to take back, or undefined where this tab has made none that stands. */
  undo() {
    const last = this.done.pop()
    if (last) this.undone.push(last)
    return last
  }

  /** The decision to bring back, or undefined. */
  redo() {
    const last = this.undone.pop()
    if (last) this.done.push(last)
    return last
  }

  /** A refused decision never stood. */
  forget(id) {
    this.done = this.done.filter((each) => each.id !== id)
    this.undone = this.undone.filter((each) => each.id !== id)
  }
}
