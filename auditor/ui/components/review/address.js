// The page's address: the browser writes the view into it, so that a reload or a link comes back to the same face.

const FILTERS = [
  'class', 'suggested', 'assignment', 'votes', 'smin', 'smax', 'by', 'people', 'reviewed', 'tag', 'dup', 'q', 'query', 'sel', 'mine', 'sort', 'per', 'page',
  'image', 'view', 'blind', 'named',
]

/** The view that the address names; empty values are none. */
export function addressParams(address = new URL(location.href)) {
  return Object.fromEntries(FILTERS.map((name) => [name, address.searchParams.get(name)]).filter(([, value]) => value))
}

/** Whether two views are the same but for the order of their filters. */
export function sameView(one, other) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => String(one[name] ?? '') === String(other[name] ?? ''))
}

/** Name a view in the address, without a step for the browser's back button. */
export function writeAddress(ds, params, image) {
  const address = new URL(location.href)
  for (const name of FILTERS) {
    const value = name === 'image' ? image : params[name]
    if (value) address.searchParams.set(name, value)
    else address.searchParams.delete(name)
  }
  address.searchParams.set('ds', ds)
  if (address.href !== location.href) history.replaceState(history.state, '', address)
}

/** The name that this tab decides under (auditor/ui/components/identity), or null before it has one. */
export function nameOfTab() {
  try {
    return sessionStorage.getItem('auditor.annotator')
  } catch {
    return null
  }
}
