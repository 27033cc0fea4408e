import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import { captureLine } from '../../../lab/gateway/sagemaker/capture';
import { LocalRecordings } from '../../../src/adapters/recordings';
import { unaccountedCount } from '../../../src/domain/evidence';
import type { EpochMs } from '../../../src/domain/quantity';
import type { CaptureQuery } from '../../../src/ports/shadow';
import { InlineExaminer } from '../../../src/tap/examiner';
import { CapturedPairs } from '../../../src/tap/variant/captured-pairs';

const NOON = Date.parse('2026-11-22T12:00:00Z') as EpochMs;
const CONFIG: DataCaptureConfig = {
  InitialSamplingPercentage: 100,
  DestinationS3Uri: 's3://captured/ranker',
  CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
  CaptureContentTypeHeader: { JsonContentTypes: ['application/json'] },
};
const QUERY: CaptureQuery = {
  captureTo: 's3://captured/ranker',
  endpointName: 'live',
  source: 'primary',
  target: 'crossfade-shadow',
  equivalence: { relativeTolerance: 1e-4, absoluteTolerance: 1e-6, mismatchRateMax: 0.001 },
  redactPaths: [],
  periodMs: 60_000,
};

let directory: string;
let opened: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'crossfade-captured-'));
  opened = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Said {
  readonly eventId?: string;
  readonly inferenceId?: string;
  readonly atSeconds?: number;
  readonly score?: number;
}

const lineOf = (isShadow: boolean, { eventId = 'e', inferenceId, atSeconds = 0, score = 0.5 }: Said): string => {
  const body = (value: unknown) => ({ contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) });
  return JSON.stringify(
    captureLine(CONFIG, {
      endpointName: 'live',
      variantName: isShadow ? 'crossfade-shadow' : 'primary',
      eventId,
      inferenceId,
      customAttributes: undefined,
      isShadow,
      at: new Date(NOON + atSeconds * 1_000),
      input: body({ text: 'hello' }),
      output: body({ score }),
    }),
  );
};

/** As SageMaker writes it, into the folder of the hour. */
function write(variant: 'primary' | 'crossfade-shadow', name: string, lines: readonly string[], hour = '12'): void {
  const file = join(directory, 's3://captured/ranker/live', variant, '2026/11/22', hour, `${name}.jsonl`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
}

const sources = (lines: readonly Said[], name = 'a', hour?: string): void =>
  write(
    'primary',
    name,
    lines.map((said) => lineOf(false, said)),
    hour,
  );
const copies = (lines: readonly Said[], name = 'a', hour?: string): void =>
  write(
    'crossfade-shadow',
    name,
    lines.map((said) => lineOf(true, said)),
    hour,
  );

function pairs(): CapturedPairs {
  const open = (url: string) => {
    const place = new LocalRecordings(join(directory, url));
    return {
      write: () => Promise.reject(new Error('nothing is written')),
      async *list() {
        try {
          for await (const file of place.list())
            yield { name: `${url}/${file.name}`, open: () => (opened.push(`${url}/${file.name}`), file.open()) };
        } catch (error) {
          // In S3 a folder without objects is an empty list.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      },
    };
  };
  return new CapturedPairs(open, new InlineExaminer());
}

const read = (query: Partial<CaptureQuery> = {}, fromMinute = 0, toMinute = 1, reader = pairs()) =>
  reader.readWindows(
    { ...QUERY, ...query },
    (NOON + fromMinute * 60_000) as EpochMs,
    (NOON + toMinute * 60_000) as EpochMs,
  );

test('pairs: both lines of one event are compared, and every line is in the account', async () => {
  sources([{ eventId: 'a' }, { eventId: 'b' }, { eventId: 'c' }]);
  copies([{ eventId: 'b', score: 0.50001 }, { eventId: 'x' }]);
  const [window] = await read();
  expect(window).toMatchObject({ startMs: NOON, worst: [] });
  expect(window?.account).toEqual({
    received: 4,
    mirrored: 1,
    dropped: 1,
    skipped: 2,
    timedOut: 0,
    compared: 1,
    mismatched: 0,
  });
  expect(unaccountedCount(window!.account)).toBe(0);
});

test('pairs: where the events differ, the sender’s own ID joins them, each once', async () => {
  sources([
    { eventId: 'a', inferenceId: 'mine' },
    { eventId: 'b', inferenceId: 'mine' },
    { eventId: 'c', inferenceId: 'other' },
  ]);
  copies([{ eventId: 'y', inferenceId: 'mine' }]);
  expect((await read())[0]?.account).toMatchObject({ received: 3, mirrored: 1, skipped: 2, dropped: 0 });
});

test('pairs: answers that differ are counted, the worst are told, and no more of them than a few', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  sources(ids.map((eventId) => ({ eventId })));
  copies(ids.map((eventId, index) => ({ eventId, score: 0.5 + index / 10 })));
  const [window] = await read();
  expect(window?.account).toMatchObject({ compared: 5, mismatched: 4 });
  expect(window?.worst.map(({ id, path }) => [id, path])).toEqual([
    ['e', '$.score'],
    ['d', '$.score'],
    ['c', '$.score'],
  ]);
});

test('pairs: what must not be told is compared and not told', async () => {
  sources([{ eventId: 'a', score: 0.123 }]);
  copies([{ eventId: 'a', score: 0.987 }]);
  const [window] = await read({ redactPaths: ['$.score'] });
  expect(window?.account.mismatched).toBe(1);
  expect(JSON.stringify(window?.worst)).not.toMatch(/0\.123|0\.987/);
});

test('pairs: one belongs to the window of the source’s line, wherever the copy’s is', async () => {
  sources([{ eventId: 'a', atSeconds: 59 }]);
  copies([{ eventId: 'a', atSeconds: 61 }]);
  const whole = await read({}, 0, 2);
  expect(whole.map(({ startMs, account }) => [startMs - NOON, account.mirrored, account.received])).toEqual([
    [0, 1, 1],
  ]);
  expect(await read({}, 0, 1)).toEqual(whole);
  expect(await read({}, 1, 2)).toEqual([]);
});

test('pairs: around the full hour both hours are read', async () => {
  sources([{ eventId: 'a', atSeconds: -1 }], 'a', '11');
  copies([{ eventId: 'a', atSeconds: 0 }]);
  expect((await read({}, -1, 0))[0]?.account).toMatchObject({ received: 1, mirrored: 1 });
});

test('pairs: a broken line is one that is missing', async () => {
  write('primary', 'a', ['{"captureData":', '', '[]', '{"eventMetadata":{}}', lineOf(false, { eventId: 'a' })]);
  copies([{ eventId: 'a' }]);
  expect((await read())[0]?.account).toMatchObject({ received: 1, mirrored: 1 });
});

test('pairs: a line without its answer is a pair that is not compared', async () => {
  sources([{ eventId: 'a' }]);
  const line = JSON.parse(lineOf(true, { eventId: 'a' })) as { captureData: Record<string, unknown> };
  delete line.captureData['endpointOutput'];
  write('crossfade-shadow', 'a', [JSON.stringify(line)]);
  expect((await read())[0]?.account).toMatchObject({ mirrored: 1, compared: 0 });
});

test('pairs: nothing captured is nothing, not zero', async () => {
  expect(await read()).toEqual([]);
});

test('files: one that is known to hold other times is not read again', async () => {
  const reader = pairs();
  sources([{ eventId: 'a', atSeconds: 0 }], 'early');
  sources([{ eventId: 'b', atSeconds: 1_800 }], 'late');
  await read({}, 0, 1, reader);
  opened.length = 0;
  expect((await read({}, 30, 31, reader))[0]?.account.received).toBe(1);
  expect(opened.map((name) => name.slice(name.lastIndexOf('/') + 1))).toEqual(['late.jsonl']);
});
