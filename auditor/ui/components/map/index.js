// One map a place on the page: takes what the server sends, shows it, and queues what the reader does until the
// server says that it has it.

import { PointCanvas, SELECTED, SHOWN, floats, layersOf, unpackMask } from "./canvas.js";
import { Card } from "./card.js";
import { Legend } from "./legend.js";
import { PointIndex } from "./picking.js";
import { MapView } from "./view.js";

const instances = new WeakMap();

class FaceMap {
  constructor(root) {
    this.root = root;
    this.section = root.querySelector("section.map");
    const find = (selector) => this.section.querySelector(selector);
    this.stage = find(".stage");
    this.card = new Card(find(".card"), find(".spoken"));
    this.queue = [];
    this.number = 0;
    this.loaded = {};
    this.before = {};
    this.legend = new Legend(find(".legend"), () => this.legendChanged());
    this.canvas = new PointCanvas(find("canvas"));
    this.view = new MapView(this.stage, {
      found: (point, at, spoken) => this.hover(point, at, spoken),
      stroked: (message) => this.send(message),
      changed: (tool) => (tool ? this.press("tool", tool) : this.redraw()),
    });
    this.view.pick = (x, y, reach) => this.index?.nearest(x, y, reach, (point) => this.visible(point)) ?? -1;
    this.listen();
  }

  listen() {
    const acts = {
      in: () => this.view.zoom(1.6),
      out: () => this.view.zoom(1 / 1.6),
      fit: () => this.view.fit(),
      clear: () => this.send({ mode: "new", points: [] }),
    };
    this.section.querySelector(".bar").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.act) acts[button.dataset.act]();
      if (button.dataset.tool) this.press("tool", button.dataset.tool);
      if (button.dataset.mode) this.press("mode", button.dataset.mode);
    });
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(this.stage);
    this.section.addEventListener("transitionend", (event) => {
      if (event.target === this.section && event.propertyName === "color" && this.data) this.recolour();
    });
    this.canvas.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.canvas.addEventListener("webglcontextrestored", () => {
      this.canvas.build();
      this.redraw();
    });
    const cross = this.section.querySelector(".cross");
    this.canvas.canvas.addEventListener("focus", () => (cross.hidden = !this.canvas.canvas.matches(":focus-visible")));
    this.canvas.canvas.addEventListener("keydown", () => (cross.hidden = false));
    this.canvas.canvas.addEventListener("blur", () => (cross.hidden = true));
  }

  press(kind, value) {
    for (const button of this.section.querySelectorAll(`[data-${kind}]`)) {
      button.setAttribute("aria-pressed", String(button.dataset[kind] === value));
    }
    if (kind === "tool") this.view.use(value);
    else this.view.mode = value;
  }

  /** Take what the server sent; called at every rerun. */
  async update({ data, setStateValue }) {
    this.data = data;
    this.setStateValue = setStateValue;
    this.number = Math.max(this.number, data.ack);
    this.queue = this.queue.filter((stroke) => stroke.id > data.ack);
    if (!this.canvas.works) {
      this.section.hidden = true;
      setStateValue("webgl", false);
      return;
    }
    if (this.queue.length === 0 && !this.view.drag) this.view.outline([]);
    this.theme();
    this.legend.show(data.legend, this.colours);
    this.section.querySelector("canvas").setAttribute("aria-label", data.title);
    this.section.style.setProperty("--map-height", data.height || "");
    await this.load();
    this.repaint();
  }

  theme() {
    const parts = getComputedStyle(this.section).getPropertyValue("--st-background-color").trim();
    const probe = parts.startsWith("#") ? floats(parts) : [1, 1, 1];
    const dark = 0.2126 * probe[0] + 0.7152 * probe[1] + 0.0722 * probe[2] < 0.4;
    this.colours = dark ? this.data.colours.dark : this.data.colours.light;
    this.ink = dark ? "#FFFFFF" : "#111111";
  }

  /** The system went from light to dark, or back, while the map was open. */
  recolour() {
    this.theme();
    this.legend.show(this.data.legend, this.colours);
    this.repaint();
  }

  /** Fetch the columns whose address changed. */
  async load() {
    const wanted = this.data.parts;
    try {
      const fetched = await Promise.all(Object.entries(wanted).map(([name, url]) => this.fetch(name, url)));
      if (wanted !== this.data.parts) return; // a newer rerun came in between
      const column = Object.fromEntries(fetched);
      if (this.drawn !== wanted.position) {
        this.position = new Uint16Array(column.position);
        this.index = new PointIndex(this.position);
        this.canvas.upload("position", this.position);
        this.drawn = wanted.position;
        this.resize();
        this.view.fit();
      }
      if (this.given("code", wanted.position, wanted.code)) {
        this.codes = new Uint8Array(column.code);
        this.canvas.upload("code", this.codes);
      }
      if (this.given("mask", wanted.position, wanted.shown, wanted.selected)) {
        this.mask = unpackMask(new Uint8Array(column.shown), new Uint8Array(column.selected), this.position.length / 2);
        this.canvas.upload("mask", this.mask);
      }
      this.again = 0;
      this.say("");
    } catch (error) {
      console.warn(error);
      this.again = (this.again ?? 0) + 1; // a restarted server has forgotten the columns: a rerun publishes them anew
      if (this.again < 4) this.setStateValue("again", this.again);
      else this.say("The map's data did not arrive. Reload the page to try again.");
    }
  }

  /** Whether something is other than when this was last asked. */
  given(name, ...now) {
    const before = this.before[name];
    this.before[name] = now.join(" ");
    return this.before[name] !== before;
  }

  async fetch(name, url) {
    if (this.loaded[name]?.url !== url) {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      this.loaded[name] = { url, bytes: await answer.arrayBuffer() };
    }
    return [name, this.loaded[name].bytes];
  }

  visible(point) {
    return (this.mask[point] & SHOWN) !== 0 && !this.off[this.codes[point]];
  }

  /** The legend or the theme changed: new colours, new counts. */
  repaint() {
    if (!this.mask) return;
    this.off = [];
    for (const code of this.legend.hidden) this.off[code] = true;
    const colours = this.colours.map((colour, code) => (this.off[code] ? null : colour));
    // Most reruns change nothing here, and a million points take a second to draw without a graphics card.
    const changed = this.given("looks", JSON.stringify([this.data.parts, colours, this.ink]));
    if (changed) {
      this.canvas.paint(colours);
      this.canvas.arrange(layersOf(this.mask, (point) => this.visible(point)));
    }
    let visible = 0;
    let selected = 0;
    for (let point = 0; point < this.mask.length; point += 1) {
      if (this.mask[point] & SELECTED) selected += 1;
      if (this.visible(point)) visible += 1;
    }
    const words = [["", this.mask.length, "images"], ["", visible, "shown"], ["", selected, "selected"]];
    const line = words.map(([, number, word]) => `<b>${number.toLocaleString("en")}</b> ${word}`).join(" · ");
    const counts = this.section.querySelector(".counts");
    if (counts.innerHTML !== line) counts.innerHTML = line;
    this.section.querySelector(".clear").hidden = selected === 0;
    this.section.dataset.ready = String(this.data.ack);
    this.section.dataset.queued = String(this.queue.length);
    if (changed) this.redraw();
  }

  hover(point, at, spoken) {
    if (point < 0 || !this.data.card) {
      this.card.hide();
      return;
    }
    const place = this.view.toPixels(this.position[2 * point], this.position[2 * point + 1]);
    this.card.show(`${this.data.card}/${point}`, place, this.view, spoken);
  }

  legendChanged() {
    this.repaint();
    this.send({ mode: "legend" });
  }

  send(stroke) {
    if (!this.mask) return;
    this.number += 1;
    this.queue.push({ ...stroke, id: this.number, hidden: this.legend.hidden });
    this.section.dataset.queued = String(this.queue.length);
    this.setStateValue("strokes", [...this.queue]);
  }

  resize() {
    const canvas = this.canvas.canvas;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight].map((side) => Math.round(side * ratio));
    if (!width) return;
    if (canvas.width === width && canvas.height === height) {
      this.redraw(); // it was put into the page anew: what it showed is lost
      return;
    }
    const whole = !this.sized || Math.abs(this.view.depth - 1) < 0.15;
    [canvas.width, canvas.height] = [width, height];
    this.sized = true;
    if (whole) this.view.fit();
    else this.redraw();
  }

  redraw() {
    if (this.frame || !this.canvas.works || !this.colours) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const count = Math.max(this.canvas.count, 1);
      const base = Math.max(2.2, Math.min(7, 480 / Math.sqrt(count)));
      this.canvas.draw(this.view, {
        size: base * Math.min(4, Math.max(1, this.view.depth) ** 0.4),
        faint: floats(this.ink, 0.09),
        accent: floats(this.ink, 1),
      });
    });
  }

  say(words) {
    const message = this.section.querySelector(".message");
    message.textContent = words;
    message.hidden = !words;
  }

  release() {
    this.resized.disconnect();
    cancelAnimationFrame(this.frame);
    this.canvas.release();
  }
}

export default function (component) {
  const root = component.parentElement;
  if (!instances.has(root)) instances.set(root, new FaceMap(root));
  const map = instances.get(root);
  map.update(component);
  return () => {
    map.release();
    instances.delete(root);
  };
}
