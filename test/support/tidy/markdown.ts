import path from 'node:path/posix';
import type { TextFile } from './repository';

interface Link {
  readonly text: string;
  readonly target: string;
}

/** Code and comments say how a link is written; they are none. */
function withoutCode(markdown: string): string {
  return markdown
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/<!--[\s\S]*?-->/g, '');
}

export function linksOf(markdown: string): Link[] {
  const inline = [...withoutCode(markdown).matchAll(/\[([^\]]*)\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const referenced = [...withoutCode(markdown).matchAll(/^\[([^\]]+)\]:\s*(\S+)/gm)];
  return [...inline, ...referenced].map((match) => ({ text: match[1] ?? '', target: match[2] ?? '' }));
}

const isExternal = (target: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(target);

/** Lines move: a link to one is wrong after the next change. */
export function findLinksByLine(pages: readonly TextFile[]): string[] {
  return pages.flatMap((page) =>
    linksOf(page.text)
      .filter(({ target }) => /#L\d+|\.[a-z]+:\d+$/.test(target))
      .map(({ target }) => `${page.path}: ${target} points to a line`),
  );
}

/** @param existing every file and folder that a link may point to. */
export function findBrokenLinks(pages: readonly TextFile[], existing: ReadonlySet<string>): string[] {
  const anchors = new Map(pages.map((page) => [page.path, anchorsOf(page.text)]));
  return pages.flatMap((page) =>
    linksOf(page.text)
      .filter(({ target }) => !isExternal(target))
      .flatMap(({ target }) => {
        const [file = '', anchor] = target.split('#');
        const pointed =
          file === '' ? page.path : path.join(path.dirname(page.path), decodeURI(file)).replace(/\/$/, '');
        if (!existing.has(pointed)) return [`${page.path}: ${target} does not exist`];
        const missing = anchor !== undefined && !(anchors.get(pointed)?.has(anchor) ?? true);
        return missing ? [`${page.path}: ${target} has no such heading`] : [];
      }),
  );
}

/** As the usual renderers make them from headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)];
  return new Set(
    headings.map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}
