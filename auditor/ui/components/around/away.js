// While the server is away, Streamlit covers the page with a window that tells the reader to run a script. It is hidden,
// and a line at the foot says what is true: the work is kept, and the page tries again by itself.

const EVERY = 3000 // milliseconds between two looks whether the server is back
const WORDS = /Connection error|Is Streamlit still running/i

/** @param {HTMLElement|null} line what the words go into */
export function watch(line) {
  if (!line) return
  let covered = null
  let timer = null
  let seconds = 0
  const health = new URL('_stcore/health', globalThis.__streamlit?.BACKEND_BASE_URL ?? `${location.origin}/`)

  const cover = () => [...document.querySelectorAll('[data-testid="stDialog"], [role="dialog"], [data-testid="stModal"]')].find((each) => WORDS.test(each.textContent))

  const say = () => {
    line.textContent = `The server does not answer. Your decisions are kept in this browser and sent when it answers; trying again in ${seconds} s.`
  }

  const look = async () => {
    try {
      const answer = await fetch(health, { cache: 'no-store' })
      if (answer.ok) return end()
    } catch {
      // Still away.
    }
    seconds = EVERY / 1000
    say()
    return null
  }

  const begin = () => {
    line.hidden = false
    seconds = EVERY / 1000
    say()
    timer = setInterval(() => {
      seconds -= 1
      if (seconds <= 0) look()
      else say()
    }, 1000)
  }

  const end = () => {
    clearInterval(timer)
    timer = null
    line.hidden = true
    uncover()
  }

  /** Take Streamlit's window out of sight and out of the way of keys; it goes by itself when the server is back. */
  const uncover = () => {
    if (!covered) return
    covered.style.removeProperty('display')
    covered = null
  }

  new MutationObserver(() => {
    const overlay = cover()
    if (overlay && overlay !== covered) {
      let top = overlay
      while (top.parentElement && top.parentElement !== document.body && !top.parentElement.matches('#root, [data-testid="stApp"]')) top = top.parentElement
      covered = top
      covered.style.setProperty('display', 'none', 'important')
      document.body.style.removeProperty('overflow')
      if (timer === null) begin()
    } else if (!overlay && timer !== null) end()
  }).observe(document.body, { childList: true, subtree: true })
}
