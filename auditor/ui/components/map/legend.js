// The legend is also a filter: each entry switches its colour codes off and on.

export class Legend {
  constructor(root, toggled) {
    this.root = root;
    this.toggled = toggled;
    this.off = new Set();
    this.by = null;
  }

  /** Entries: [{label, colour, codes, count}]; `by` names what the points are coloured by. */
  show({ by, title, entries }, colours) {
    if (by !== this.by) this.off = new Set();
    this.by = by;
    this.entries = entries;
    this.root.replaceChildren(
      Object.assign(document.createElement("h3"), { textContent: title }),
      ...entries.map((entry, place) => this.button(entry, place, colours)),
      this.reset(),
    );
  }

  button(entry, place, colours) {
    const button = document.createElement("button");
    const dot = document.createElement("i");
    const first = colours[entry.codes[0]];
    const last = colours[entry.codes[entry.codes.length - 1]];
    dot.style.background = first === last ? first : `linear-gradient(90deg, ${first}, ${last})`;
    button.type = "button";
    button.setAttribute("aria-pressed", String(!this.off.has(place)));
    button.title = `Switch ${entry.label} off or on; double click shows it alone`;
    button.append(
      dot,
      Object.assign(document.createElement("span"), { textContent: entry.label }),
      Object.assign(document.createElement("span"), { className: "number", textContent: entry.count.toLocaleString("en") }),
    );
    button.onclick = (event) => this.flip(place, event.detail >= 2);
    return button;
  }

  reset() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "all";
    button.textContent = "Show all";
    button.hidden = this.off.size === 0;
    button.onclick = () => {
      this.off.clear();
      this.told();
    };
    return button;
  }

  flip(place, alone) {
    if (alone) {
      this.off = new Set(this.entries.keys());
      this.off.delete(place);
    } else if (this.off.has(place)) {
      this.off.delete(place);
    } else {
      this.off.add(place);
    }
    this.told();
  }

  told() {
    const buttons = [...this.root.querySelectorAll("button")];
    this.entries.forEach((_, place) => buttons[place].setAttribute("aria-pressed", String(!this.off.has(place))));
    buttons[buttons.length - 1].hidden = this.off.size === 0;
    this.toggled();
  }

  get hidden() {
    return [...this.off].flatMap((place) => this.entries?.[place]?.codes ?? []);
  }
}
