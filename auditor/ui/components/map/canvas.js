// Draws the points. Five bytes a point: u16 x, u16 y, u8 colour code. Two packed bit lists (let through by the filters,
// selected) decide in which layers a point is drawn.

export const SHOWN = 1;
export const SELECTED = 2;

const CROWD = 150_000; // points from which those that others hide are left out
export const GRID_SIZE = 65535; // positions go from 0 to this

const FAINT = 0; // filtered out, or switched off in the legend
const PLAIN = 1;
const RING = 2; // around a selected point
const CHOSEN = 3;

const VERTEX = `#version 300 es
const int FAINT = ${FAINT}, PLAIN = ${PLAIN}, RING = ${RING}, CHOSEN = ${CHOSEN};
in vec2 position;
in uint code;
in uint mask;  // how a point is drawn among the selected: with its colour, or faint
uniform vec2 scale;
uniform vec2 offset;
uniform float size;
uniform int layer;
uniform float dim;
uniform vec4 faint;
uniform vec4 accent;
uniform sampler2D palette;
out vec4 colour;
void main() {
  vec4 own = texelFetch(palette, ivec2(int(code), 0), 0);
  float width = size;
  colour = own;
  if (layer == FAINT) { colour = faint; width = max(size * 0.7, 1.5); }
  if (layer == PLAIN) { colour.a = dim; }
  if (layer == RING) { colour = accent; width = size + 3.5; }
  if (layer == CHOSEN) {
    colour.a = 1.0;
    if ((mask & 1u) == 0u || own.a == 0.0) colour = faint;
    width = size + 0.5;
  }
  gl_Position = vec4(position * scale + offset, 0.0, 1.0);
  gl_PointSize = width;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 colour;
out vec4 painted;
void main() {
  float far = length(gl_PointCoord - 0.5) * 2.0;
  float alpha = colour.a * (1.0 - smoothstep(0.75, 1.0, far));
  if (alpha < 0.01) discard;
  painted = vec4(colour.rgb * alpha, alpha);
}`;

function compile(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(gl.getProgramInfoLog(program) || "The map's shaders did not link.");
  }
  return program;
}

/** '#RRGGBB' as four floats. */
export function floats(colour, alpha = 1) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).concat(alpha);
}

/** The WebGL2 part: holds buffers, draws on request, knows nothing of pointers or keys. */
export class PointCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
    this.count = 0;
    this.kept = {};
    if (this.gl) this.build();
  }

  get works() {
    return this.gl !== null;
  }

  /** Make every GL object; called again when a lost context comes back. */
  build() {
    const gl = this.gl;
    this.program = compile(gl);
    this.at = {};
    for (const name of ["scale", "offset", "size", "layer", "dim", "faint", "accent", "palette"]) {
      this.at[name] = gl.getUniformLocation(this.program, name);
    }
    this.buffers = {};
    this.order = this.sent = null;
    this.palette = gl.createTexture();
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    for (const [name, bytes] of Object.entries(this.kept)) this.upload(name, bytes);
    if (this.colours) this.paint(this.colours);
  }

  /** Give one column to the card: 'position' Uint16Array [2N], 'code' or 'mask' Uint8Array [N]. */
  upload(name, bytes) {
    const gl = this.gl;
    this.kept[name] = bytes;
    this.buffers[name] ??= gl.createBuffer();
    const place = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, bytes, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(place);
    if (name === "position") {
      gl.vertexAttribPointer(place, 2, gl.UNSIGNED_SHORT, false, 0, 0);
      this.count = bytes.length / 2;
    } else {
      gl.vertexAttribIPointer(place, 1, gl.UNSIGNED_BYTE, 0, 0);
    }
  }

  /** Which points each layer draws; see `layersOf`. */
  arrange(layers) {
    this.layers = layers;
    this.sent = null;
  }

  /** The numbers of points that each layer draws at a scale in device pixels a grid step; their order goes to the card. */
  ordered(scale) {
    const crowded = this.count > CROWD;
    if (this.sent && (!crowded || this.sent.scale === scale)) return this.sent.counts;
    const gl = this.gl;
    const { order, counts } = crowded ? uncovered(this.layers, this.kept.position, scale) : this.layers;
    this.order ??= gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.DYNAMIC_DRAW);
    this.sent = { scale, counts };
    return counts;
  }

  /** Colours by code; null for a code that the legend has switched off. */
  paint(colours) {
    const gl = this.gl;
    this.colours = colours;
    const texels = new Uint8Array(256 * 4);
    colours.forEach((colour, code) => {
      if (colour) texels.set(floats(colour).map((part) => part * 255), code * 4);
    });
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  /** Draw all; view = {x, y, scale}: the grid position in the middle and CSS pixels a grid step. */
  draw(view, { size, faint, accent }) {
    const gl = this.gl;
    const ready = this.layers && ["position", "code", "mask"].every((name) => this.buffers[name]);
    const ratio = window.devicePixelRatio || 1;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!ready || this.count === 0 || gl.isContextLost()) return;
    const across = (2 * ratio * view.scale) / this.canvas.width;
    const up = (2 * ratio * view.scale) / this.canvas.height;
    gl.useProgram(this.program);
    gl.uniform2f(this.at.scale, across, up);
    gl.uniform2f(this.at.offset, -view.x * across, -view.y * up);
    gl.uniform1f(this.at.size, size * ratio);
    const [faintOnes, plainOnes, selected] = this.ordered(ratio * view.scale);
    gl.uniform1f(this.at.dim, selected ? 0.3 : 0.85);
    gl.uniform4fv(this.at.faint, faint);
    gl.uniform4fv(this.at.accent, accent);
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    const first = faintOnes + plainOnes; // of the selected points
    for (const [layer, start, count] of [
      [FAINT, 0, faintOnes],
      [PLAIN, faintOnes, plainOnes],
      [RING, first, selected],
      [CHOSEN, first, selected],
    ]) {
      if (!count) continue;
      gl.uniform1i(this.at.layer, layer);
      gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 4 * start);
    }
  }

  release() {
    this.gl?.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/** Join two packed bit lists (first bit highest, as numpy.packbits writes them) into one byte a point. */
export function unpackMask(shown, selected, count) {
  const mask = new Uint8Array(count);
  for (let point = 0; point < count; point += 1) {
    const bit = 128 >> (point & 7);
    mask[point] = (shown[point >> 3] & bit ? SHOWN : 0) | (selected[point >> 3] & bit ? SELECTED : 0);
  }
  return mask;
}

/**
 * The points in the order in which they are drawn: those that are faint, the others, the selected. Each layer then draws
 * its own points only; to let the card leave out the rest of a million in each of four layers took twice as long.
 *
 * mask Uint8Array [N], shows(point): whether it passes the filters and the legend. counts: how many of each.
 */
export function layersOf(mask, shows) {
  const kinds = new Uint8Array(mask.length);
  const counts = [0, 0, 0];
  for (let point = 0; point < mask.length; point += 1) {
    kinds[point] = mask[point] & SELECTED ? 2 : shows(point) ? 1 : 0;
    counts[kinds[point]] += 1;
  }
  const next = [0, counts[0], counts[0] + counts[1]];
  const order = new Uint32Array(mask.length);
  for (let point = 0; point < mask.length; point += 1) order[next[kinds[point]]++] = point;
  return { order, counts };
}

/** Points that are drawn in one pixel: so many cover it, a faint, a dimmed, an opaque and a selected one. */
const ENOUGH = { faint: 12, dimmed: 4, plain: 2, selected: 2 };

/** Pixels of the whole map's side up to which points are counted in each. Further in most of them are out of sight. */
const WIDEST = 2048;

/**
 * The layers without points that others hide, at a scale in device pixels a grid step. A million points in 600 pixels
 * are mostly on top of each other, and without a graphics card each takes a microsecond.
 */
export function uncovered({ order, counts }, positions, scale) {
  const side = Math.floor(GRID_SIZE * scale) + 1;
  if (side > WIDEST) return { order, counts };
  const enough = [ENOUGH.faint, counts[2] ? ENOUGH.dimmed : ENOUGH.plain, ENOUGH.selected];
  const kept = new Uint32Array(order.length);
  const left = [0, 0, 0];
  let at = order.length; // from the last to the first: the last drawn are on top
  let end = order.length;
  for (let layer = 2; layer >= 0; layer -= 1) {
    const drawn = new Uint8Array(side * side);
    for (let place = end - 1; place >= end - counts[layer]; place -= 1) {
      const point = order[place];
      const pixel = Math.floor(positions[2 * point + 1] * scale) * side + Math.floor(positions[2 * point] * scale);
      if (drawn[pixel] === enough[layer]) continue;
      drawn[pixel] += 1;
      at -= 1;
      kept[at] = point;
      left[layer] += 1;
    }
    end -= counts[layer];
  }
  return { order: kept.subarray(at), counts: left };
}
