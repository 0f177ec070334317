// Keys that are pressed after a room was taken off the page and before the next one stands, for Streamlit may draw a
// page anew. They were meant for the face that had the focus last: the next room carries them out where it shows that
// face, and says so where it does not. Knows neither the screen nor Streamlit.

const PATIENCE = 5000 // milliseconds after which nobody waits for a key any more

export class Late {
  /** @param {string[]} opening commands after which letters are typed  @param {() => number} now milliseconds */
  constructor(opening, now = Date.now) {
    this.opening = opening
    this.now = now
    this.kept = []
  }

  /** Keep a command, as [name, ...arguments]. */
  keep(words) {
    this.kept.push({ words, at: this.now() })
  }

  /**
   * Hand over what was kept; it is kept no longer.
   *
   * @param {boolean} same whether the face that had the focus last has it again
   * @returns {{carry: Array[], dropped: number}} commands to carry out in order, and how many keys are not carried out
   */
  take(same) {
    const keys = this.kept.splice(0)
    const opener = keys.findIndex(({ words }) => this.opening.includes(words[0])) // what follows was meant for its field
    const before = opener < 0 ? keys : keys.slice(0, opener)
    const prompt = same && (!keys.length || this.now() - keys[0].at < PATIENCE)
    const carry = prompt ? before.map(({ words }) => words) : []
    return { carry, dropped: keys.length - carry.length }
  }
}
