// What may come next in a query line: a column, a word of that column, or a way to go on. Knows no screen.

const WORD = /[^\s=<>≠≤≥~!(),"']*$/
const KINDS = { class: '=', choice: '=', set: '=', number: '<', text: 'contains', 'yes or no': '' }
const COMPARED = /([^\s=<>≠≤≥~!(),"']+)\s*(?:(?:==|=|!=|<>|<=|>=|[<>≠≤≥~])|\s(?:contains))\s*$/i
const LISTED = /([^\s=<>≠≤≥~!(),"']+)\s+(?:not\s+)?in\s*\([^)]*$/i
const BEGINS = /(^|\(|\b(and|or|not))\s*$/i
const MOST = 12

/**
 * @param {string} text the line up to the caret
 * @param {[string, string, string[]][]} columns name, kind and words of each
 * @returns {{start: number, options: [string, string][]}} where the word begins, and what may stand there with a hint
 */
export function complete(text, columns) {
  const start = text.length - text.match(WORD)[0].length
  const part = text.slice(start).toLowerCase()
  const before = text.slice(0, start)
  if ((before.match(/"/g)?.length ?? 0) % 2 || (before.match(/'/g)?.length ?? 0) % 2) return { start, options: [] }
  const options = choices(before, columns).filter(([word]) => word.toLowerCase().includes(part) && word.toLowerCase() !== part)
  const first = ([word]) => Number(!word.toLowerCase().startsWith(part))
  return { start, options: options.sort((a, b) => first(a) - first(b)).slice(0, MOST) }
}

function choices(before, columns) {
  const compared = before.match(COMPARED) ?? before.match(LISTED)
  if (compared) {
    const column = columns.find(([name]) => name === compared[1].toLowerCase())
    return column ? [...column[2].map((word) => [quoted(word), '']), ...column[1] === 'yes or no' ? [['yes', ''], ['no', '']] : [['none', 'no value']]] : []
  }
  if (BEGINS.test(before)) return [...columns.map(([name, kind]) => [name, kind]), ['not', '']]
  const last = before.trimEnd().match(/([^\s=<>≠≤≥~!(),"']+)$/)?.[1].toLowerCase()
  const column = /[=<>~(,]\s*\S+\s*$/.test(before) ? null : columns.find(([name]) => name === last)
  if (column && KINDS[column[1]]) return [[KINDS[column[1]], ''], ['!=', ''], ['in (', '']]
  return [['and', ''], ['or', '']]
}

const quoted = (word) => (/^[^\s=<>≠≤≥~!(),"']+$/.test(word) ? word : `"${word}"`)
