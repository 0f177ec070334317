// Where the keyboard's focus is. Keys mean the face wherever it is, so a clicked control gives it back to the grid, and
// only a control that the reader went to with Tab keeps Enter and Space.

const TEXT = 'textarea, input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"]), [contenteditable="true"]'
const CONTROLS = 'button, summary, a, select'

// Whether a text field is typed into, until the reader leaves it. Streamlit may draw the room anew meanwhile, as it does
// for another annotator; what is typed on must not reach a face then.
let writing = false

const nameOf = (control) => control.getAttribute('aria-label') ?? control.textContent

export class Focus {
  /** @param {HTMLElement} room  @param {HTMLElement} grid */
  constructor(room, grid) {
    this.room = room
    this.grid = grid
    this.tabbed = null
    this.tabbing = false
    this.onFocus = (event) => {
      const path = event.composedPath()
      if (path.includes(this.room) && path[0].matches?.(TEXT)) writing = true
      this.tabbed = this.tabbing ? event.composedPath()[0] : null
      this.tabbing = false
    }
    this.onPoint = () => {
      writing = false
      this.tabbing = false
      this.tabbed = null
    }
    this.onKeyUp = (event) => {
      // Some browsers press a button when the space bar is let go.
      if (event.key === ' ' && this.at().matches?.(CONTROLS) && this.at() !== this.tabbed) event.preventDefault()
    }
    room.addEventListener('focusin', this.onFocus) // a step within the room is not seen from outside
    room.addEventListener('click', (event) => {
      if (event.target.closest?.('button, summary')) this.back()
    })
    room.addEventListener('change', (event) => event.target.matches?.('select, input[type="search"], .range input') && this.back(true))
  }

  listen(how) {
    document[how]('focusin', this.onFocus, true)
    document[how]('pointerdown', this.onPoint, true)
    document[how]('keyup', this.onKeyUp, true)
  }

  /** Every key that is pressed, before it does anything. */
  pressed(event) {
    if (['Tab', 'Enter', 'Escape'].includes(event.key)) writing = false
    this.tabbing = event.key === 'Tab'
  }

  /** Whether a key was meant for a text field that lost the focus without the reader; Escape and Tab end that. */
  lost(event) {
    if (!writing || event.composedPath()[0].matches?.(TEXT)) return false
    if (['Tab', 'Escape'].includes(event.key)) writing = false
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  /** Go to a control as by Tab: it keeps its keys. */
  lead(element) {
    this.tabbing = true
    element?.focus()
    this.tabbed = element ?? null
    this.tabbing = false
  }

  /** The name of the control that has the focus by Tab; '' for none. */
  nameOfTabbed() {
    return this.at() === this.tabbed ? nameOf(this.tabbed) : ''
  }

  /** Go on at the control of this name, which was built anew; false where there is none any more. */
  goOn(name, within) {
    const control = name && [...within.querySelectorAll(CONTROLS)].find((each) => nameOf(each) === name)
    if (control) this.lead(control)
    return Boolean(control)
  }

  /** What has the focus, inside of the room or out. */
  at() {
    let active = document.activeElement
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
    return active ?? document.body
  }

  /** Give the focus to the grid, unless something is being typed. */
  back(always = false) {
    if (!always && this.at().matches(TEXT)) return
    if (this.at().closest('dialog, [role="dialog"]')) return
    if (this.at() !== this.grid) this.grid.focus({ preventScroll: true })
    if (always && this.at() !== this.grid) this.at().blur?.() // an empty queue has no grid, and a field would go on typing
  }
}
