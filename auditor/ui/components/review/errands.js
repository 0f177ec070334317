// Questions and acts that only the server can answer beside the page itself: similar faces, saved views, a preview.
// They travel with the room's message until they are answered; each has an id, so that asking twice does it once.

const LONGEST = 60_000 // milliseconds until one is given up

export class Errands {
  /** @param {{random: () => string, send: () => void}} own */
  constructor({ random, send }) {
    this.random = random
    this.send = send
    this.waiting = new Map()
  }

  /** Ask; resolves with the answer, rejects with a sentence. */
  ask(kind, words = {}) {
    const id = `errand-${this.random()}`
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end(id, { error: 'The server did not answer; try again.' }), LONGEST)
      this.waiting.set(id, { sent: { id, kind, ...words }, resolve, reject, timer })
      this.send()
    })
  }

  /** What goes with the next message. */
  message() {
    return [...this.waiting.values()].map(({ sent }) => sent)
  }

  /** The server's answers, by id. */
  hear(answers) {
    for (const [id, answer] of Object.entries(answers ?? {})) this.end(id, answer)
  }

  end(id, answer) {
    const errand = this.waiting.get(id)
    if (!errand) return
    this.waiting.delete(id)
    clearTimeout(errand.timer)
    if (answer.error) errand.reject(new Error(answer.error))
    else errand.resolve(answer)
  }
}
