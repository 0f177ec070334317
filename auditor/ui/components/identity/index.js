// Remembers in the tab whose it is. A new tab takes the name from the cookie (by the server), and keeps it from then on.

export const PLACE = 'auditor.annotator'

export default function mount({ data, setStateValue }) {
  const stored = read()
  if (stored && stored !== data.name && !data.typed) {
    setStateValue('name', stored)
    return
  }
  if (stored !== data.name) write(data.name)
  if (data.typed) document.cookie = `${data.cookie}=${encodeURIComponent(data.name)}; path=/; max-age=31536000; samesite=lax`
}

function read() {
  try {
    return sessionStorage.getItem(PLACE)
  } catch {
    return null // a browser that forbids storage knows the cookie's name alone
  }
}

function write(name) {
  try {
    sessionStorage.setItem(PLACE, name)
  } catch {
    // As above.
  }
}
