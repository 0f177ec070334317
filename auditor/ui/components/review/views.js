// Saved views: the team's names for filters, order and page. Choosing one opens it; its name is in the address.

import { fill, h } from './dom.js'

export class Views {
  /** @param {{ask: (kind: string, words?: object) => Promise<object>, view: (params: object) => void, named: (name: string) => void, say: (text: string) => void, leave: () => void, lead: (element: HTMLElement) => void}} tell */
  constructor(tell) {
    this.tell = tell
    this.list = h('div', { class: 'saved-views' })
    this.name = h('input', {
      type: 'text', maxlength: 60, placeholder: 'Name of this view', 'aria-label': 'Name of this view', autocomplete: 'off',
      onkeydown: (event) => event.key === 'Enter' && this.save(),
    })
    this.title = h('summary', { title: 'Saved views (W)' }, 'Views')
    this.element = h('details', { class: 'more views', ontoggle: () => this.element.open && this.fetch() }, this.title,
      h('div', { class: 'menu' }, this.list, h('div', { class: 'buttons' }, this.name, h('button', { type: 'button', onclick: () => this.save() }, 'Save'))))
  }

  /** Bring the title up to date with the view on the screen. */
  show(params) {
    this.params = params
    fill(this.title, params.named ? `View: ${params.named}` : 'Views')
    this.title.classList.toggle('set', Boolean(params.named))
  }

  async fetch() {
    fill(this.list, h('p', { class: 'quiet' }, 'Loading …'))
    await this.work('views')
  }

  async work(kind, words) {
    try {
      const answer = await this.tell.ask(kind, words)
      this.draw(answer.views)
      return answer
    } catch (error) {
      fill(this.list, h('p', { class: 'problem', role: 'alert' }, error.message))
      return null
    }
  }

  draw(views) {
    fill(this.list, views.length ? views.map(([name, params, who]) => h('div', { class: 'saved-view' },
      h('button', { type: 'button', class: name === this.params.named ? 'set' : '', title: `Saved by ${who}`, onclick: () => this.choose(params) }, name),
      h('button', { type: 'button', class: 'plain', 'aria-label': `Delete the view ${name}`, onclick: () => this.work('delete view', { name }) }, '✕')))
      : h('p', { class: 'quiet' }, 'None yet. Set filters and an order, type a name, and save: your team finds it here.'))
    if (this.element.open && this.wanted) {
      this.wanted = false
      this.tell.lead(this.list.querySelector('button') ?? this.name)
    }
  }

  open() {
    this.wanted = true
    if (this.element.open) this.fetch()
    this.element.open = true
    this.tell.lead(this.name)
  }

  choose(params) {
    this.element.open = false
    this.tell.view(params)
    this.tell.leave()
  }

  async save() {
    const name = this.name.value.trim()
    if (!name) return this.tell.lead(this.name)
    const answer = await this.work('save view', { name })
    if (!answer) return null
    this.name.value = ''
    this.element.open = false
    this.tell.say(`Saved as “${answer.name}”; your team finds it under Views`)
    this.tell.named(answer.name)
    return this.tell.leave()
  }
}
