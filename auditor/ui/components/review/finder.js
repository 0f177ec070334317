// The two ways to ask by typing: part of a name, answered at every letter, and the query line with its completion.

import { complete } from './complete.js'
import { fill, h } from './dom.js'

export class Finder {
  /** @param {{view: (change: object) => void, busy: () => boolean, leave: () => void}} tell */
  constructor(tell) {
    this.tell = tell
    this.params = {}
    this.columns = []
    this.wanted = null // what was typed and is not on the screen yet
    this.name = h('input', {
      type: 'search', placeholder: 'Name', 'aria-label': 'Part of the image name', title: 'Search as you type (/)', size: 9, autocomplete: 'off',
      oninput: () => this.want(), onkeydown: (event) => this.inName(event),
    })
    this.text = h('input', {
      type: 'text', class: 'query-text', role: 'combobox', 'aria-label': 'Query over all columns', 'aria-expanded': 'false', 'aria-controls': 'query-options',
      'aria-autocomplete': 'list', autocomplete: 'off', spellcheck: 'false', placeholder: 'given = fear and man_p_given < 0.2 and not reviewed',
      oninput: () => this.offer(), onclick: () => this.offer(), onkeydown: (event) => this.inQuery(event), onblur: () => this.close(),
    })
    this.list = h('ul', { class: 'options', role: 'listbox', id: 'query-options', 'aria-label': 'Completions', hidden: true })
    this.problem = h('span', { class: 'query-problem', role: 'status' })
    this.toggle = h('button', { type: 'button', title: 'Filter by a query over any column (Q)', onclick: () => this.open() }, 'Query')
    this.line = h('div', { class: 'line query', hidden: true }, h('div', { class: 'query-place' }, this.text, this.list), this.problem,
      h('button', { type: 'button', class: 'plain', onclick: () => this.shut() }, 'Close'))
  }

  /** Bring both up to date with the view that is on the screen; what is typed meanwhile stays. */
  show(page, params) {
    this.params = params
    this.columns = page.columns ?? []
    this.name.hidden = this.toggle.hidden = Boolean(params.blind)
    if (this.wanted === (params.q ?? '') || params.blind) this.wanted = null
    if (this.wanted === null && !this.holds(this.name)) this.name.value = params.q ?? ''
    if (!this.holds(this.text)) this.text.value = params.query ?? ''
    this.toggle.classList.toggle('set', Boolean(params.query))
    if (params.blind) this.line.hidden = true
    else if (params.query) this.line.hidden = false
    if (this.wanted !== null) setTimeout(() => this.ask()) // letters that came while the page was loading
  }

  /** Why the query cannot be answered, or ''. */
  say(problem) {
    if (problem === this.said) return
    this.said = problem
    fill(this.problem, problem ?? '')
    this.text.setAttribute('aria-invalid', String(Boolean(problem)))
  }

  /** Whether an element is one of the fields and being typed into. */
  holds(element) {
    const active = element.getRootNode().activeElement
    return active === element && (element === this.name || element === this.text)
  }

  want() {
    this.wanted = this.name.value
    this.ask()
  }

  /** The letters so far; one question at a time, for the next one asks for all that came meanwhile. */
  ask() {
    if (this.wanted === null || this.tell.busy()) return
    if (this.wanted === (this.params.q ?? '')) this.wanted = null
    else this.tell.view({ q: this.wanted })
  }

  inName(event) {
    event.stopPropagation()
    if (event.key === 'Enter' || (event.key === 'Escape' && !this.name.value)) this.tell.leave()
  }

  search() {
    this.name.focus()
    this.name.select()
  }

  open() {
    if (this.params.blind) return
    this.line.hidden = false
    this.text.focus()
    this.text.setSelectionRange(this.text.value.length, this.text.value.length)
    this.offer()
  }

  shut() {
    this.line.hidden = true
    this.text.value = ''
    if (this.params.query) this.tell.view({ query: '' })
    this.tell.leave()
  }

  offer() {
    const { start, options } = complete(this.text.value.slice(0, this.text.selectionStart), this.columns)
    this.start = start
    this.options = options
    this.chosen = -1
    this.draw()
  }

  draw() {
    const open = this.options.length > 0
    this.list.hidden = !open
    this.text.setAttribute('aria-expanded', String(open))
    fill(this.list, this.options.map(([word, hint], k) => h('li', {
      role: 'option', id: `query-option-${k}`, 'aria-selected': String(k === this.chosen), onpointerdown: (event) => {
        event.preventDefault()
        this.take(k)
      },
    }, word, hint ? h('span', { class: 'hint' }, hint) : null)))
    if (this.chosen >= 0) this.text.setAttribute('aria-activedescendant', `query-option-${this.chosen}`)
    else this.text.removeAttribute('aria-activedescendant')
  }

  close() {
    this.options = []
    this.chosen = -1
    this.draw()
  }

  take(k) {
    const [word] = this.options[k]
    const { value, selectionStart: caret } = this.text
    const head = `${value.slice(0, this.start)}${word}${word.endsWith('(') ? '' : ' '}`
    this.text.value = head + value.slice(caret).trimStart()
    this.text.focus()
    this.text.setSelectionRange(head.length, head.length)
    this.offer()
  }

  inQuery(event) {
    event.stopPropagation()
    const { key } = event
    const open = this.options?.length > 0
    if (open && (key === 'ArrowDown' || key === 'ArrowUp')) {
      event.preventDefault()
      const step = key === 'ArrowDown' ? 1 : -1
      this.chosen = this.chosen < 0 && step < 0 ? this.options.length - 1 : (this.chosen + step + this.options.length) % this.options.length
      this.draw()
    } else if (open && (key === 'Tab' || key === 'Enter') && !event.shiftKey && (this.chosen >= 0 || (key === 'Tab' && this.start < this.text.selectionStart))) {
      event.preventDefault()
      this.take(Math.max(this.chosen, 0))
    } else if (key === 'Enter') {
      this.close()
      this.tell.view({ query: this.text.value.trim() })
      this.tell.leave()
    } else if (key === 'Escape') {
      if (open) this.close()
      else this.tell.leave()
    }
  }
}
