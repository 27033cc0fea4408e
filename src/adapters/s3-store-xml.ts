/**
 * Reads the few replies of S3 that come a thousand times a second: pages of a listing, results of copies, errors. They are
 * flat, so what stands between two tags is found without a tree; the tests hold it against the SDK's own parser.
 */

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** With its quotes. */
  readonly etag: string;
  readonly modifiedAtMs: number;
  readonly storageClass: string | undefined;
}

export interface ListedPage {
  readonly objects: readonly ListedObject[];
  /** Key prefixes that a delimiter rolled up. */
  readonly prefixes: readonly string[];
  /** undefined: this was the last page. */
  readonly next: string | undefined;
}

/** @throws Error of a page that is no listing, or not whole. */
export function parseListing(xml: string): ListedPage {
  if (!/<\/ListBucketResult>\s*$/.test(xml)) throw new SyntaxError(`no whole listing: ${xml.slice(0, 100)}`);
  const key = textOf(xml, 'EncodingType') === 'url' ? decodeListed : unescapeXml;
  const objects = [...blocksOf(xml, 'Contents')].map((block) => objectOf(block, key));
  const prefixes = [...blocksOf(xml, 'CommonPrefixes')].map((block) => key(rawTextOf(block, 'Prefix') ?? ''));
  const isTruncated = textOf(xml, 'IsTruncated') === 'true';
  const next = isTruncated ? textOf(xml, 'NextContinuationToken') : undefined;
  if (isTruncated && next === undefined) throw new SyntaxError('the listing goes on, but does not say where');
  return { objects, prefixes, next };
}

function objectOf(block: string, key: (text: string) => string): ListedObject {
  const [rawKey, size, etag] = [rawTextOf(block, 'Key'), rawTextOf(block, 'Size'), textOf(block, 'ETag')];
  if (rawKey === undefined || size === undefined || etag === undefined)
    throw new SyntaxError(`a listed object without key, size or ETag: ${block.slice(0, 200)}`);
  return {
    key: key(rawKey),
    sizeBytes: Number(size),
    etag,
    modifiedAtMs: Date.parse(rawTextOf(block, 'LastModified') ?? ''),
    storageClass: textOf(block, 'StorageClass'),
  };
}

/** Keys are asked for URL-encoded, because XML cannot carry every character that a key may have. */
export function decodeListed(text: string): string {
  const spaced = text.includes('+') ? text.replace(/\+/g, ' ') : text;
  return spaced.includes('%') ? decodeURIComponent(spaced) : unescapeXml(spaced);
}

/** Of GetObjectTagging. */
export function parseTags(xml: string): Record<string, string> {
  return Object.fromEntries(
    [...blocksOf(xml, 'Tag')].map((block) => [textOf(block, 'Key') ?? '', textOf(block, 'Value') ?? '']),
  );
}

/** The inside of every element of that name; it must not nest. */
function* blocksOf(xml: string, name: string): Generator<string> {
  const [open, close] = [`<${name}>`, `</${name}>`];
  for (let from = xml.indexOf(open); from >= 0; from = xml.indexOf(open, from)) {
    const to = xml.indexOf(close, from);
    if (to < 0) throw new SyntaxError(`<${name}> is not closed`);
    yield xml.slice(from + open.length, to);
    from = to + close.length;
  }
}

/** The text of the first element of that name. undefined: there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const text = rawTextOf(xml, name);
  return text === undefined ? undefined : unescapeXml(text);
}

export function rawTextOf(xml: string, name: string): string | undefined {
  const from = xml.indexOf(`<${name}>`);
  if (from < 0) return xml.includes(`<${name}/>`) ? '' : undefined;
  const to = xml.indexOf(`</${name}>`, from);
  return to < 0 ? undefined : xml.slice(from + name.length + 2, to);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (whole, hex?: string, decimal?: string, name: string = '') => {
      const code = hex !== undefined ? parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : undefined;
      return code === undefined ? (NAMED[name] ?? whole) : String.fromCodePoint(code);
    },
  );
}
