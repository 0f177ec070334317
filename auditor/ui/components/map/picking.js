// Finds the point under the pointer: points sorted into cells once, then only the cells near the pointer are searched.

const CELLS = 128;
const CELL = 65536 / CELLS;

export class PointIndex {
  /** positions: Uint16Array [2N]. */
  constructor(positions) {
    this.positions = positions;
    const count = positions.length / 2;
    this.starts = new Uint32Array(CELLS * CELLS + 1);
    const cells = new Uint16Array(count);
    for (let point = 0; point < count; point += 1) {
      cells[point] = this.cell(positions[2 * point], positions[2 * point + 1]);
      this.starts[cells[point] + 1] += 1;
    }
    for (let cell = 0; cell < CELLS * CELLS; cell += 1) this.starts[cell + 1] += this.starts[cell];
    this.order = new Uint32Array(count);
    const next = this.starts.slice();
    for (let point = 0; point < count; point += 1) this.order[next[cells[point]]++] = point;
  }

  cell(x, y) {
    return Math.floor(y / CELL) * CELLS + Math.floor(x / CELL);
  }

  /** The nearest point within `reach` grid steps that `wanted` lets through, or -1. */
  nearest(x, y, reach, wanted) {
    const clamp = (value) => Math.max(0, Math.min(CELLS - 1, Math.floor(value / CELL)));
    let best = -1;
    let least = reach * reach;
    for (let row = clamp(y - reach); row <= clamp(y + reach); row += 1) {
      const first = this.starts[row * CELLS + clamp(x - reach)];
      const last = this.starts[row * CELLS + clamp(x + reach) + 1];
      for (let place = first; place < last; place += 1) {
        const point = this.order[place];
        const dx = this.positions[2 * point] - x;
        const dy = this.positions[2 * point + 1] - y;
        if (dx * dx + dy * dy < least && wanted(point)) {
          least = dx * dx + dy * dy;
          best = point;
        }
      }
    }
    return best;
  }
}

/** Drop corners closer than `gap` to the one before: a slow hand makes thousands. */
export function thin(corners, gap) {
  const sparse = [];
  for (const corner of corners) {
    const last = sparse[sparse.length - 1];
    if (!last || Math.hypot(corner[0] - last[0], corner[1] - last[1]) >= gap) sparse.push(corner);
  }
  return sparse;
}
