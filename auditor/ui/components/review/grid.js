// The grid of faces: cells from sprites, one in focus, any number selected.

import { fill, h, percent, written } from './dom.js'

const MARKS = { keep: '✓', relabel: '→', ambiguous: '≈', exclude: '✕', skip: '»' }
export const WORDS = { keep: 'kept', relabel: 'relabelled', ambiguous: 'ambiguous', exclude: 'excluded', skip: 'skipped' }
const DRAG = 6 // pixels until a press becomes a frame

export class Grid {
  /** @param {{focused: (index: number) => void, selected: () => void, opened: () => void}} tell */
  constructor(tell) {
    this.tell = tell
    this.page = null
    this.cells = []
    this.focus = 0
    this.anchor = 0
    this.selection = new Set()
    this.revealing = null // the frame that scrolls
    this.frame = h('div', { class: 'frame', hidden: true, 'aria-hidden': 'true', role: 'presentation' })
    this.element = h('div', {
      class: 'grid', role: 'listbox', tabindex: 0, 'aria-multiselectable': 'true', 'aria-label': 'Faces to review',
      onpointerdown: (event) => this.press(event), ondblclick: (event) => this.indexOf(event) >= 0 && tell.opened(),
    })
  }

  /** Show a page: one cell an image. */
  show(page, focus) {
    this.page = page
    this.selection.clear()
    this.cells = page.name.map((_, index) => this.cell(index))
    fill(this.element, this.cells, this.frame)
    this.element.scrollTop = 0
    this.moveTo(Math.min(Math.max(focus, 0), this.cells.length - 1))
    this.reveal()
  }

  cell(index) {
    const { sprites, sprite_columns: columns, sprite_limit: limit, name } = this.page
    const inSprite = index % limit
    const held = Math.min(limit, name.length - Math.floor(index / limit) * limit)
    const lines = Math.ceil(held / columns)
    const face = h('div', { class: 'face' })
    face.style.backgroundImage = `url("${sprites[Math.floor(index / limit)]}")`
    face.style.backgroundSize = `${columns * 100}% ${lines * 100}%`
    const x = columns > 1 ? ((inSprite % columns) / (columns - 1)) * 100 : 0
    const y = lines > 1 ? (Math.floor(inSprite / columns) / (lines - 1)) * 100 : 0
    face.style.backgroundPosition = `${x}% ${y}%`
    return h('div', { class: 'cell', role: 'option', id: `cell-${index}`, 'data-index': index, 'aria-selected': 'false' },
      face, h('div', { class: 'value' }), h('div', { class: 'mark' }), h('div', { class: 'words' }), h('div', { class: 'theirs', hidden: true }))
  }

  /** Bring one cell up to date with what holds for it, and with what somebody else just made of it. */
  draw(index, state, classes, colours, other = '') {
    const cell = this.cells[index]
    const shows = JSON.stringify([state?.slice(0, 2), other, classes, colours]) // a saved decision looks as it did before
    if (cell.shows === shows) return
    cell.shows = shows
    const [, value, mark, words, others] = cell.children
    others.hidden = !other
    fill(others, other)
    const page = this.page
    const given = page.given?.[index] ?? -1
    const suggested = page.suggested?.[index] ?? -1
    const action = state?.[0] === 'relabel' && state[1] === given ? 'keep' : state?.[0] ?? null // the label it has
    value.textContent = page.value ? written(page.value[index], page.form) : ''
    cell.dataset.action = action ?? ''
    mark.textContent = action ? MARKS[action] : ''
    const label = action === 'relabel' || (action === 'ambiguous' && state[1] !== null) ? state[1] : suggested
    const changed = label >= 0 && label !== given
    fill(words,
      given >= 0 ? line('', classes[given], colours[given], changed && action === 'relabel') : line('', page.given ? '' : 'hidden', null),
      action === 'exclude' ? line('✕', 'excluded', null)
        : action === 'skip' ? line('»', 'skipped', null)
          : action === 'keep' ? line('✓', 'kept', null)
            : changed ? line(action === 'ambiguous' ? '≈' : '→', classes[label], colours[label])
              : action === 'ambiguous' ? line('≈', 'ambiguous', null) : null)
    cell.setAttribute('aria-label', [
      page.given ? page.name[index] : `face ${index + 1}`, given >= 0 ? `given ${classes[given]}` : 'label hidden',
      suggested >= 0 ? `suggested ${classes[suggested]}` : '',
      page.suspicion?.[index] != null ? `mislabelled ${percent(page.suspicion[index])}` : '',
      action ? `${WORDS[action]}${action === 'relabel' ? ` to ${classes[state[1]]}` : ''}` : 'undecided', other,
    ].filter(Boolean).join(', '))
    cell.title = page.name[index]
  }

  /** The indices that a key acts on: the selection, else the face in focus. */
  targets() {
    return this.selection.size ? [...this.selection].sort((a, b) => a - b) : this.cells.length ? [this.focus] : []
  }

  /** How many cells stand in a line. */
  columns() {
    const top = this.cells[0]?.offsetTop
    const next = this.cells.findIndex((cell) => cell.offsetTop !== top)
    return next < 0 ? this.cells.length : next
  }

  /** Move the focus; returns 'before' or 'after' where it would leave the page. */
  move(where, extend) {
    const step = { left: -1, right: 1, up: -this.columns(), down: this.columns() }[where]
    const last = this.cells.length - 1
    let to = where === 'home' ? 0 : where === 'end' ? last : this.focus + step
    if (!extend && where === 'right' && this.focus === last) return 'after'
    if (!extend && where === 'left' && this.focus === 0) return 'before'
    if (to < 0 || to > last) to = Math.abs(step) === 1 ? Math.min(Math.max(to, 0), last) : this.focus
    if (extend) this.select(this.range(this.anchor, to), to)
    else this.moveTo(to)
    return null
  }

  /** Put the focus on a cell; the selection goes, unless it is kept on purpose. */
  moveTo(index, keep = false) {
    if (!this.cells.length) return
    this.cells[this.focus]?.classList.remove('focus')
    this.focus = index
    if (!keep) {
      this.anchor = index
      this.clear()
    }
    const cell = this.cells[index]
    cell.classList.add('focus')
    this.revealSoon()
    this.element.setAttribute('aria-activedescendant', cell.id)
    this.tell.focused(index)
  }

  /** Scroll the face in focus into sight; a grid that is not shown yet cannot scroll. */
  reveal() {
    this.cells[this.focus]?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }

  /** The same within the next frame: at once, the browser would lay the page out for it, and again for what follows. */
  revealSoon() {
    this.revealing ??= requestAnimationFrame(() => {
      this.revealing = null
      this.reveal()
    })
  }

  range(from, to) {
    const [low, high] = from < to ? [from, to] : [to, from]
    return Array.from({ length: high - low + 1 }, (_, k) => low + k)
  }

  /** Select exactly these. */
  select(indices, focus = this.focus) {
    this.selection = new Set(indices)
    this.cells.forEach((cell, index) => cell.setAttribute('aria-selected', String(this.selection.has(index))))
    this.moveTo(focus, true)
    this.tell.selected()
  }

  toggle(index = this.focus) {
    const selection = new Set(this.selection)
    if (selection.has(index)) selection.delete(index)
    else selection.add(index)
    this.anchor = index
    this.select(selection, index)
  }

  clear() {
    if (!this.selection.size) return
    this.selection.clear()
    for (const cell of this.cells) cell.setAttribute('aria-selected', 'false')
    this.tell.selected()
  }

  indexOf(event) {
    const cell = event.composedPath().find((node) => node instanceof Element && node.classList.contains('cell'))
    return cell ? Number(cell.dataset.index) : -1
  }

  press(event) {
    if (event.button !== 0) return
    const index = this.indexOf(event)
    const start = this.point(event)
    const base = event.ctrlKey || event.metaKey ? new Set(this.selection) : new Set()
    let dragged = false
    const moved = (at) => {
      const end = this.point(at)
      if (!dragged && Math.hypot(end.x - start.x, end.y - start.y) < DRAG) return
      dragged = true
      this.drawFrame(start, end)
      this.select(new Set([...base, ...this.within(start, end)]))
    }
    const done = () => {
      removeEventListener('pointermove', moved)
      removeEventListener('pointerup', done)
      removeEventListener('pointercancel', done)
      this.frame.hidden = true
      if (!dragged) this.click(event, index)
    }
    addEventListener('pointermove', moved)
    addEventListener('pointerup', done)
    addEventListener('pointercancel', done)
  }

  click(event, index) {
    if (index < 0) this.clear()
    else if (event.shiftKey) this.select(this.range(this.anchor, index), index)
    else if (event.ctrlKey || event.metaKey) this.toggle(index)
    else this.moveTo(index)
  }

  /** A pointer's place in the grid's own coordinates, scrolled part included. */
  point(event) {
    const box = this.element.getBoundingClientRect()
    return { x: event.clientX - box.left + this.element.scrollLeft, y: event.clientY - box.top + this.element.scrollTop }
  }

  drawFrame(a, b) {
    this.frame.hidden = false
    Object.assign(this.frame.style, {
      left: `${Math.min(a.x, b.x)}px`, top: `${Math.min(a.y, b.y)}px`,
      width: `${Math.abs(a.x - b.x)}px`, height: `${Math.abs(a.y - b.y)}px`,
    })
  }

  within(a, b) {
    const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)]
    const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)]
    return this.cells.map((cell, index) => [cell, index]).filter(([cell]) =>
      cell.offsetLeft < right && cell.offsetLeft + cell.offsetWidth > left
      && cell.offsetTop < bottom && cell.offsetTop + cell.offsetHeight > top).map(([, index]) => index)
  }
}

function line(sign, text, colour, struck = false) {
  return h('div', { class: struck ? 'label struck' : 'label', title: text },
    sign ? h('span', { class: 'sign' }, sign) : null,
    colour ? h('span', { class: 'dot', '--c': colour }) : null, h('span', { class: 'text' }, text))
}
