/** Two buckets that list without end and hold nothing: what the product's memory does over millions of keys. */
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { listenOnFreePort, LOOPBACK } from '../../lab/loopback';
import { say } from '../support/report';
import type { Measured } from '../support/report';
import { product } from './peers';
import { runWell } from './program';

const PAGE = 1_000;
const CREDENTIALS = { accessKeyId: 'crossfade', secretAccessKey: 'crossfade-secret' };

/** Plans a copy between two places that list alike, so that nothing is to be done. */
export async function longListing(count: number): Promise<Measured> {
  say(`listing: ${count} objects on either side`);
  const lister = http.createServer((request, response) => answer(request, response, count));
  const port = await listenOnFreePort(lister);
  const endpoint = `http://${LOOPBACK}:${port}`;
  const state = mkdtempSync(path.join(os.tmpdir(), 'crossfade-bench-state-'));
  try {
    const places = [
      '--from',
      's3://bench-from',
      '--to',
      's3://bench-to',
      '--from-endpoint',
      endpoint,
      '--to-endpoint',
      endpoint,
    ];
    const server = { region: 'us-east-1', credentials: CREDENTIALS };
    const made = await runWell(product(server, ['plan', ...places, '--verify', 'none', '--json', '--state', state]));
    say(`listing: ${made.seconds.toFixed(1)} s, ${made.mbMax.toFixed(0)} MB`);
    return { figures: { listingMbMax: made.mbMax, listedPerSecond: (2 * count) / made.seconds }, ratios: {} };
  } finally {
    rmSync(state, { recursive: true, force: true });
    lister.closeAllConnections();
    lister.close();
  }
}

function answer(request: http.IncomingMessage, response: http.ServerResponse, count: number): void {
  const url = new URL(request.url ?? '/', 'http://lister');
  if (request.method === 'HEAD') return void response.writeHead(200).end();
  const { searchParams } = url;
  const from = Number(searchParams.get('continuation-token') ?? indexAfter(searchParams.get('start-after')));
  const to = Math.min(count, from + Math.min(PAGE, Number(searchParams.get('max-keys') ?? PAGE)));
  // Keys that a probe asks for and that are not there: beyond its prefix there are none of ours.
  const isOutside = !`k${String(from).padStart(9, '0')}`.startsWith(searchParams.get('prefix') ?? '');
  const objects = isOutside ? [] : Array.from({ length: to - from }, (_, index) => written(from + index));
  const isTruncated = !isOutside && to < count;
  const next = isTruncated ? `<NextContinuationToken>${to}</NextContinuationToken>` : '';
  response.end(
    `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${objects.join('')}</ListBucketResult>`,
  );
}

function written(index: number): string {
  const key = `k${String(index).padStart(9, '0')}`;
  const etag = `&quot;${String(index).padStart(32, '0')}&quot;`;
  return `<Contents><Key>${key}</Key><LastModified>2026-11-22T00:00:00.000Z</LastModified><ETag>${etag}</ETag><Size>1</Size></Contents>`;
}

/** Of the first key after that text. */
function indexAfter(text: string | null): number {
  if (text === null) return 0;
  const digits = /^k(\d*)(.*)$/s.exec(text);
  if (digits === null) return 0;
  const [, known = '', rest = ''] = digits;
  const low = Number(known.padEnd(9, '0'));
  // Something above every digit stands there: all that begins so is skipped.
  return rest === '' ? (known.length === 9 ? low + 1 : low) : low + 10 ** (9 - known.length);
}
