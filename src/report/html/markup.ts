/** Words of a page. Text from a ledger, or of an account, is anybody's text: every word of it goes through `escaped`. */
const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Control characters have no place in HTML, and break the terminal of whoever reads the file there. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** For element text and quoted attributes alike. */
export function escaped(text: string): string {
  return text.replace(CONTROLS, '\ufffd').replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign);
}

export interface Cell {
  /** Already HTML. */
  readonly html: string;
  readonly isNumber?: boolean;
}

export const words = (text: string): Cell => ({ html: escaped(text) });
export const number = (text: string): Cell => ({ html: escaped(text), isNumber: true });
export const mark = (kind: string, text: string = kind): Cell => ({ html: pill(kind, text) });

/** A coloured word; the word itself says it all. */
export function pill(kind: string, text: string = kind): string {
  return `<span class="pill ${escaped(kind)}">${escaped(text.replaceAll('_', ' '))}</span>`;
}

/** @param columns their names; one that begins with `#` holds numbers. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const names = columns.map((name) => name.replace(/^#/, ''));
  const head = columns
    .map(
      (name, index) => `<th scope="col"${name.startsWith('#') ? ' class="n"' : ''}>${escaped(names[index] ?? '')}</th>`,
    )
    .join('');
  // On a narrow screen each row becomes a card, and each cell needs its column's name.
  const body = rows
    .map(
      (cells) =>
        `<tr>${cells.map(({ html, isNumber }, index) => `<td${isNumber === true ? ' class="n"' : ''} data-name="${escaped(names[index] ?? '')}">${html}</td>`).join('')}</tr>`,
    )
    .join('\n');
  return `<div class="scroll"><table><caption>${escaped(caption)}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

export function section(id: string, title: string, ...parts: readonly string[]): string {
  return `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${escaped(title)}</h2>\n${parts.join('\n')}\n</section>`;
}

export function folded(summary: string, html: string): string {
  return `<details><summary>${escaped(summary)}</summary>\n${html}\n</details>`;
}
