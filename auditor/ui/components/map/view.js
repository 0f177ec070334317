// The camera and everything a hand does: drag, wheel, lasso, click, keys. Reports strokes; decides nothing itself.

import { GRID_SIZE } from "./canvas.js";
import { thin } from "./picking.js";

const DEEPEST = 4; // CSS pixels a grid step when zoomed in all the way

export class MapView {
  /** found(point or -1), stroked(message), viewed(). */
  constructor(stage, { found, stroked, changed }) {
    this.stage = stage;
    this.canvas = stage.querySelector("canvas");
    this.path = stage.querySelector(".stroke path");
    this.tell = { found, stroked, changed };
    this.tool = "lasso";
    this.mode = "new";
    this.pick = () => -1;
    this.x = this.y = GRID_SIZE / 2;
    this.scale = 0.01;
    this.listen();
  }

  get width() {
    return this.canvas.clientWidth || 1;
  }

  get height() {
    return this.canvas.clientHeight || 1;
  }

  get fitted() {
    return (0.94 * Math.min(this.width, this.height)) / GRID_SIZE;
  }

  /** How far in the reader is: 1 = everything shown. */
  get depth() {
    return this.scale / this.fitted;
  }

  fit() {
    this.x = this.y = GRID_SIZE / 2;
    this.scale = this.fitted;
    this.tell.changed();
  }

  toGrid([px, py]) {
    return [this.x + (px - this.width / 2) / this.scale, this.y - (py - this.height / 2) / this.scale];
  }

  toPixels(x, y) {
    return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale];
  }

  /** Zoom by a factor, leaving the grid position under a pixel where it is. */
  zoom(factor, pixel = [this.width / 2, this.height / 2]) {
    const [x, y] = this.toGrid(pixel);
    this.scale = Math.max(this.fitted * 0.5, Math.min(DEEPEST, this.scale * factor));
    this.x = x - (pixel[0] - this.width / 2) / this.scale;
    this.y = y + (pixel[1] - this.height / 2) / this.scale;
    this.tell.changed();
  }

  pan(dx, dy) {
    const bound = (value) => Math.max(0, Math.min(GRID_SIZE, value));
    this.x = bound(this.x - dx / this.scale);
    this.y = bound(this.y + dy / this.scale);
    this.tell.changed();
  }

  use(tool) {
    this.tool = tool;
    this.canvas.dataset.tool = tool;
  }

  modeOf(event) {
    if (event.shiftKey) return "add";
    return event.altKey ? "take" : this.mode;
  }

  pixel(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  listen() {
    const canvas = this.canvas;
    canvas.dataset.tool = this.tool;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.lift(event));
    canvas.addEventListener("pointercancel", () => this.abandon());
    canvas.addEventListener("pointerleave", () => this.tell.found(-1));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0016)), this.pixel(event));
      },
      { passive: false },
    );
  }

  press(event) {
    if (event.button > 1) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.tell.found(-1);
    const panning = this.tool === "pan" || event.button === 1;
    this.drag = { panning, from: this.pixel(event), last: this.pixel(event), moved: 0, corners: [this.pixel(event)] };
  }

  move(event) {
    const at = this.pixel(event);
    if (!this.drag) {
      this.tell.found(this.pick(...this.toGrid(at), 9 / this.scale), at);
      return;
    }
    const drag = this.drag;
    drag.moved = Math.max(drag.moved, Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]));
    if (drag.panning) {
      this.canvas.dataset.dragging = "";
      this.pan(at[0] - drag.last[0], at[1] - drag.last[1]);
    } else {
      for (const each of event.getCoalescedEvents?.() ?? []) drag.corners.push(this.pixel(each));
      drag.corners.push(at);
      this.outline(drag.corners);
    }
    drag.last = at;
  }

  lift(event) {
    const drag = this.drag;
    this.abandon();
    if (!drag) return;
    const mode = this.modeOf(event);
    if (drag.moved < 4) {
      const point = this.pick(...this.toGrid(drag.from), 9 / this.scale);
      if (point >= 0) this.tell.stroked({ mode, points: [point] });
    } else if (!drag.panning) {
      this.select(thin(drag.corners, 2), mode);
    }
  }

  /** Send a polygon given in pixels. */
  select(corners, mode) {
    if (corners.length < 3) return;
    const polygon = corners.flatMap((corner) => this.toGrid(corner).map((value) => Math.round(value * 256) / 256));
    this.outline(corners);
    this.tell.stroked({ mode, polygon });
  }

  abandon() {
    this.drag = null;
    delete this.canvas.dataset.dragging;
    this.outline([]);
  }

  outline(corners) {
    const line = corners.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
    this.path.setAttribute("d", line ? `M${line}Z` : "");
  }

  key(event) {
    if (event.ctrlKey || event.metaKey) return;
    const step = event.shiftKey ? 160 : 40;
    const w = this.width;
    const h = this.height;
    const acts = {
      ArrowLeft: () => this.walk(step, 0),
      ArrowRight: () => this.walk(-step, 0),
      ArrowUp: () => this.walk(0, step),
      ArrowDown: () => this.walk(0, -step),
      "+": () => this.zoom(1.4),
      "=": () => this.zoom(1.4),
      "-": () => this.zoom(1 / 1.4),
      0: () => this.fit(),
      " ": () => this.toggle(),
      v: () => this.select([[0, 0], [w, 0], [w, h], [0, h]], this.modeOf(event)),
      l: () => this.tell.changed("lasso"),
      p: () => this.tell.changed("pan"),
      Escape: () => (this.drag ? this.abandon() : this.tell.stroked({ mode: "new", points: [] })),
    };
    const act = acts[event.key] ?? acts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** Move by keyboard: the image nearest the middle speaks for itself. */
  walk(dx, dy) {
    this.pan(dx, dy);
    this.tell.found(this.middle(), [this.width / 2, this.height / 2], true);
  }

  middle() {
    return this.pick(this.x, this.y, 40 / this.scale);
  }

  toggle() {
    const point = this.middle();
    if (point >= 0) this.tell.stroked({ mode: "toggle", points: [point] });
  }
}
