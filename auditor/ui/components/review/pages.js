// The pages of faces that this tab has, so that a key does not bring the rows again; and two small questions.

const KEPT = 12

/** Rows by the page's name; they outlive the room, for the reader may come back to it. */
export const pages = new Map()

export function remember(name, rows) {
  pages.set(name, rows)
  if (pages.size > KEPT) pages.delete(pages.keys().next().value)
}

/** Whether two faces' states say the same. */
export const same = (one, other) => one === other || (one && other && JSON.stringify(one) === JSON.stringify(other))

/** Whether the page is dark: then its text is light. */
export function isDark(element) {
  const [red, green, blue] = getComputedStyle(element).color.match(/[\d.]+/g).map(Number)
  return red + green + blue > 382
}
