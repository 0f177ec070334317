// The large face under a lens: the wheel or two keys make it larger, dragging moves it, a double click puts it back.
// For looking only: no picture is changed.

const MOST = 8
const STEP = 1.3

export class Lens {
  /** @param {HTMLElement} frame what clips  @param {HTMLElement} picture */
  constructor(frame, picture) {
    this.frame = frame
    this.picture = picture
    this.reset()
    frame.addEventListener('wheel', (event) => {
      event.preventDefault()
      const box = frame.getBoundingClientRect()
      this.zoom(event.deltaY < 0 ? 1 : -1, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height)
    }, { passive: false })
    frame.addEventListener('dblclick', () => this.reset())
    frame.addEventListener('pointerdown', (event) => this.drag(event))
  }

  reset() {
    this.scale = 1
    this.x = this.y = 0 // shares of the frame
    this.draw()
  }

  /** One step larger (1) or smaller (-1) about a point, in shares of the frame. */
  zoom(step, x = 0.5, y = 0.5) {
    const before = this.scale
    this.scale = Math.min(MOST, Math.max(1, before * STEP ** step))
    this.x = x - ((x - this.x) * this.scale) / before
    this.y = y - ((y - this.y) * this.scale) / before
    this.draw()
  }

  drag(event) {
    if (this.scale === 1 || event.button !== 0) return
    event.preventDefault()
    const { width, height } = this.frame.getBoundingClientRect()
    const from = { x: event.clientX, y: event.clientY, left: this.x, top: this.y }
    const moved = (at) => {
      this.x = from.left + (at.clientX - from.x) / width
      this.y = from.top + (at.clientY - from.y) / height
      this.draw()
    }
    const done = () => {
      removeEventListener('pointermove', moved)
      removeEventListener('pointerup', done)
      removeEventListener('pointercancel', done)
    }
    addEventListener('pointermove', moved)
    addEventListener('pointerup', done)
    addEventListener('pointercancel', done)
  }

  draw() {
    this.x = Math.min(0, Math.max(1 - this.scale, this.x))
    this.y = Math.min(0, Math.max(1 - this.scale, this.y))
    this.picture.style.transform = this.scale === 1 ? '' : `translate(${this.x * 100}%, ${this.y * 100}%) scale(${this.scale})`
    this.frame.classList.toggle('zoomed', this.scale > 1)
  }
}
