// Which tab this is. Its id names its queue in localStorage, so that two tabs never send each other's keys: a duplicated
// tab brings the id of its original along, and has to take another one while the original lives.

const PLACE = 'auditor.tab'
const HEARD = 150 // milliseconds that a living tab has to answer, where the browser has no locks
const TRIES = 4 // a reloaded page may still be holding its own lock for a moment

export const random = () => Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(36)).join('')

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))
const claimed = new Set()
let channel = null

/** This tab's id, held for as long as the tab lives. */
async function begin() {
  const kept = session('getItem', PLACE)
  for (let tries = 0; kept && tries < TRIES; tries += 1) {
    if (await claim(kept)) return kept
    await wait(60 * tries)
  }
  const made = `tab${random()}`
  await claim(made)
  session('setItem', PLACE, made)
  return made
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

/** Where there are no locks (an address without https): ask every tab, and take silence for a no. */
function ask(id) {
  if (!channel) {
    channel = new BroadcastChannel('auditor.tabs')
    channel.addEventListener('message', ({ data }) => claimed.has(data.wanted) && channel.postMessage({ taken: data.wanted }))
  }
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
