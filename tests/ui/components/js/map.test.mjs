// auditor/ui/components/map/canvas.js: which points each layer of the map draws.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const source = readFileSync(new URL("../../../../auditor/ui/components/map/canvas.js", import.meta.url), "utf-8");
const { layersOf, uncovered } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

/** N points spread evenly but in no order, always the same. */
function points(count, reach) {
  const positions = new Uint16Array(2 * count);
  let state = 7;
  for (let at = 0; at < positions.length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    positions[at] = Math.floor((state / 2 ** 32) * reach);
  }
  return positions;
}

test("faint points come first, then the others, then the selected, each in their order", () => {
  const mask = Uint8Array.from([1, 3, 0, 1, 2, 1]); // 1 passes the filters, 2 is selected
  const { order, counts } = layersOf(mask, (point) => (mask[point] & 1) === 1 && point !== 3);
  assert.deepEqual([...order], [2, 3, 0, 5, 1, 4]);
  assert.deepEqual(counts, [2, 2, 2]);
});

test("of points on one pixel the last drawn stay, in their order, and no pixel becomes empty", () => {
  const count = 20_000;
  const positions = points(count, 2000); // 200 pixels at this scale, hundreds of points on each
  const mask = new Uint8Array(count).map((_, point) => (point % 5 === 0 ? 0 : point % 50 === 1 ? 3 : 1));
  const whole = layersOf(mask, (point) => (mask[point] & 1) === 1);
  const scale = 0.01;
  const { order, counts } = uncovered(whole, positions, scale);
  assert.ok(order.length < count / 3 && counts.reduce((sum, each) => sum + each) === order.length);
  let [from, start] = [0, 0];
  whole.counts.forEach((all, layer) => {
    const pixel = (point) => Math.floor(positions[2 * point] * scale) + 1000 * Math.floor(positions[2 * point + 1] * scale);
    const [before, after] = [whole.order.subarray(from, from + all), order.subarray(start, start + counts[layer])];
    assert.deepEqual(new Set([...after].map(pixel)), new Set([...before].map(pixel)));
    const last = new Map([...before].map((point) => [pixel(point), point]));
    for (const point of last.values()) assert.ok(after.includes(point));
    assert.deepEqual([...after], [...after].sort((a, b) => a - b));
    [from, start] = [from + all, start + counts[layer]];
  });
});

test("further in than two thousand pixels nothing is left out", () => {
  const whole = layersOf(new Uint8Array(500).fill(1), () => true);
  assert.equal(uncovered(whole, points(500, 100), 0.1).order.length, 500);
});
