/** A recording at a place → the requests that it holds. */
import type { RecordedFile, Recordings } from '../ports/recordings';
import { bytesOf, parseRecordedLine } from '../tap/capture/recorded-line';
import type { RecordedLine } from '../tap/capture/recorded-line';
import { isSageMakerLine, parseSageMakerLine } from '../tap/capture/sagemaker-line';
import type { Recorded } from '../tap/replay/plan';
import { UsageError } from './failure';
import type { FileFacts, JsonObject } from './json-lines';
import { readFiles } from './json-lines';

export const FORMATS = ['auto', 'crossfade', 'sagemaker'] as const;
export type RecordingFormat = (typeof FORMATS)[number];

export interface ReadOptions {
  readonly format: RecordingFormat;
  /** Where requests go whose recording does not say. */
  readonly path: string;
  /** The rest is not read. */
  readonly requestCountMax: number;
}

/** A recording is held in memory, so that nothing is read while requests are timed. Unit: bytes. */
const BODY_BYTES_MAX = 512 * 1_048_576;

/** Only lines that promise the order of time have `at` at the top: SageMaker's do not. */
type ParsedLine = Recorded & { readonly at?: number };

/** @throws UsageError for what cannot be read, holds nothing, is too much, or of which over 1 % of the lines mean nothing. */
export async function readRecording(
  place: string,
  recordings: Recordings,
  options: ReadOptions,
): Promise<{ requests: Recorded[]; facts: FileFacts }> {
  const requests: Recorded[] = [];
  let byteCount = 0;
  const facts = await readFiles<ParsedLine>(
    place,
    linesFiles(place, recordings),
    (line) => parsed(line, options),
    ({ line, isCoarse }) => {
      byteCount += bytesOf(line.body).length;
      if (byteCount > BODY_BYTES_MAX)
        throw new UsageError(`${place}: holds more than ${BODY_BYTES_MAX} bytes; give --max-requests`);
      // What the source said then is not needed, and may be large.
      requests.push({ line: withoutAnswerBody(line), isCoarse });
      return requests.length < options.requestCountMax;
    },
  );
  return { requests, facts };
}

function withoutAnswerBody({ answer, ...line }: RecordedLine): RecordedLine {
  if (answer === undefined) return line;
  const { status, headers, latencyMs } = answer;
  return { ...line, answer: { status, headers, latencyMs } };
}

function parsed(line: JsonObject, { format, path }: ReadOptions): ParsedLine | string {
  const isForeign = format === 'auto' ? isSageMakerLine(line) : format === 'sagemaker';
  const request = isForeign ? parseSageMakerLine(line, path) : parseRecordedLine(line);
  if (typeof request === 'string') return request;
  return { line: request, isCoarse: isForeign, ...(isForeign ? {} : { at: request.at }) };
}

/** One file is read whatever its name; in a directory or bucket there may be others. */
async function* linesFiles(place: string, recordings: Recordings): AsyncGenerator<RecordedFile> {
  let isAny = false;
  for await (const file of recordings.list()) {
    if (!/\.jsonl(\.gz)?$/.test(file.name) && !place.endsWith(file.name)) continue;
    isAny = true;
    yield file;
  }
  if (!isAny) throw new Error('there is no .jsonl or .jsonl.gz file');
}
