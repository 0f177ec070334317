// Final decisions: one that ends a disagreement stands whatever is decided afterwards, and a key on its face says so.

import { counted } from './dom.js'

const ANSWERS = { exclude: 'excluded', ambiguous: 'ambiguous' }

export class Final {
  constructor() {
    this.told = new Set()
  }

  /** A page is drawn: its reader was told of none of its faces yet. */
  begin() {
    this.told.clear()
  }

  /** What a tile says of it: 'Final: happiness, by Ada'; '' where no final decision stands. */
  words(state, classes) {
    if (!state?.[7]) return ''
    const [action, label, , , , who] = state
    return `Final: ${ANSWERS[action] ?? classes[label] ?? 'kept'}, by ${who}`
  }

  /** What the line at the foot says before a key on its face counts. */
  sentence(state, classes) {
    const words = this.words(state, classes)
    return words && `${words}: in force until it is undone`
  }

  /** Whether a face has a final decision that its reader was not told of by a key. */
  untold(name, state) {
    return Boolean(state?.[7]) && !this.told.has(name)
  }

  tell(name) {
    this.told.add(name)
  }

  /** The final decisions among some faces, in words; '' for none. */
  among(states, classes) {
    const [first, ...others] = states.map((state) => this.words(state, classes)).filter(Boolean)
    return others.length ? `${first}, and ${counted(others.length, 'more final decision')}` : first ?? ''
  }
}
