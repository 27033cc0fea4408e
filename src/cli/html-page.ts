/** One HTML file that needs no network: light and dark, narrow and printed. Everything foreign goes through `escaped`. */
import { escaped } from '../report/html/markup';

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #d0d0d0; --soft: #f4f4f4; --bar: #2b6cb0; --bad: #b00020; --good: #1b6e3c }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --line: #3c3c3c; --soft: #222; --bar: #63a4e8; --bad: #ff8a8a; --good: #7fd8a0 } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem; margin: 1rem auto; padding: 0 1rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top }
th { background: var(--soft) }
.wide { overflow-x: auto }
svg { width: 100%; height: auto } svg text { fill: var(--ink); font: 11px system-ui, sans-serif } svg rect { fill: var(--bar) } svg line { stroke: var(--line) }
.bad { color: var(--bad); font-weight: 600 } .good { color: var(--good) } small { opacity: .8 }
@media print { body { max-width: none } .wide { overflow: visible } tr, svg { break-inside: avoid } }
`;

/** @param body HTML, escaped already. */
export function htmlPage(title: string, body: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(title)}</h1>`,
    ...body,
    '</body></html>',
    '',
  ].join('\n');
}

/** @param rows cells as text; escaped here. A line break in a cell stays one. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (tag: 'td' | 'th', cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell).replaceAll('\n', '<br>')}</${tag}>`).join('')}</tr>`;
  return [
    '<div class="wide"><table>',
    row('th', head),
    ...rows.map((cells) => row('td', cells)),
    '</table></div>',
  ].join('\n');
}

export function htmlHeading(text: string): string {
  return `<h2>${escaped(text)}</h2>`;
}

export function htmlList(texts: readonly string[]): string {
  return `<ul>${texts.map((text) => `<li>${escaped(text)}</li>`).join('\n')}</ul>`;
}
