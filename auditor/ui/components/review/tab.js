// Which tab this is. Its id names its queue in localStorage, so that two tabs never send each other's keys: a duplicated
// tab brings the id of its original along, and has to take another one while the original lives.

const PLACE = 'auditor.tab'
const HEARD = 150 // milliseconds that a living tab has to answer
const PATIENCE = 20_000 // milliseconds: on a busy machine the page before a reload lets go of its lock seconds late

export const random = () => Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(36)).join('')

const claimed = new Set()
const channel = new BroadcastChannel('auditor.tabs')
channel.addEventListener('message', ({ data }) => claimed.has(data.wanted) && channel.postMessage({ taken: data.wanted }))

/** This tab's id, held for as long as the tab lives. */
async function begin() {
  const stored = session('getItem', PLACE)
  if (stored && (await claim(stored) || await claimWhenFree(stored))) return stored
  const fresh = `tab${random()}`
  await claim(fresh)
  session('setItem', PLACE, fresh)
  return fresh
}

/** Wait for an id that nobody alive answers for: its lock is that of this tab's page before a reload. */
async function claimWhenFree(id) {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    if (!await ask(id)) return false
    if (await claim(id)) return true
  }
  return false
}

/** Hold an id for as long as this tab lives; false where another living tab holds it. */
export async function claim(id) {
  const free = navigator.locks ? await lock(id) : await ask(id)
  if (free) claimed.add(id)
  return free
}

/** Ask for a lock that the browser gives up when the tab is gone. */
function lock(id) {
  return new Promise((got) => {
    navigator.locks.request(`auditor.tab.${id}`, { ifAvailable: true }, (held) => {
      got(held !== null)
      return held && new Promise(() => {})
    })
  })
}

/** Ask every tab whether it holds an id, and take silence for a no. Without https a browser has nothing but this. */
function ask(id) {
  return new Promise((got) => {
    const hear = ({ data }) => data.taken === id && got(false)
    channel.addEventListener('message', hear)
    channel.postMessage({ wanted: id })
    setTimeout(() => {
      channel.removeEventListener('message', hear)
      got(true)
    }, HEARD)
  })
}

function session(act, ...words) {
  try {
    return sessionStorage[act](...words)
  } catch {
    return null // a browser that forbids storage gives every page its own id
  }
}

export const tab = await begin()
