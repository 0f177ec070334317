// The card beside the pointer: the face and what is known of it.

const KEPT = 500;

export class Card {
  constructor(root, spoken) {
    this.root = root;
    this.spoken = spoken;
    this.known = new Map();
    this.url = null;
  }

  hide() {
    clearTimeout(this.waiting);
    this.url = null;
    this.root.hidden = true;
  }

  /** Show the facts from `url` beside a place in pixels; they are announced to a screen reader too. */
  show(url, [x, y], view, spoken) {
    const left = x + 156 > view.width ? x - 170 : x + 16;
    const top = Math.max(8, Math.min(y - 40, view.height - 236));
    this.root.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    if (url === this.url) return;
    this.url = url;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.fill(url, spoken), this.root.hidden ? 60 : 15);
  }

  async fill(url, spoken) {
    const facts = await this.facts(url);
    if (!facts || this.url !== url) return;
    const picture = this.root.querySelector("img");
    picture.hidden = !facts.face;
    if (facts.face && picture.getAttribute("src") !== facts.face) picture.src = facts.face;
    const lines = facts.lines.map((textContent, place) =>
      Object.assign(document.createElement(place ? "span" : "b"), { textContent }),
    );
    this.root.querySelector(".words").replaceChildren(...lines);
    this.root.hidden = false;
    if (spoken) this.spoken.textContent = facts.lines.join(", ");
  }

  async facts(url) {
    if (!this.known.has(url)) {
      if (this.known.size > KEPT) this.known.clear();
      const answer = await fetch(url).catch(() => null);
      if (answer?.status === 410) return { face: null, lines: [await answer.text()] }; // the data set was edited since
      if (!answer?.ok) return null;
      this.known.set(url, await answer.json());
    }
    return this.known.get(url);
  }
}
