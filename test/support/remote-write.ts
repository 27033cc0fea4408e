/** Prometheus's remote write 1.0: samples with any time, classic and native, without waiting for a scrape. */
import * as protobuf from 'protobufjs';

export type Labels = Readonly<Record<string, string>>;

/** A float sample; undefined: the series ends here (a stale marker). */
export interface WrittenSample {
  readonly atMs: number;
  readonly value: number | undefined;
}

/** A native histogram with one span of buckets; undefined: the series ends here. */
export interface WrittenHistogram {
  readonly atMs: number;
  readonly histogram: NativeHistogram | undefined;
}

export interface NativeHistogram {
  readonly sum: number;
  /** Cumulative over time, by index of the bucket: (base ** (index - 1), base ** index], base = 2 ** (2 ** -schema). */
  readonly counts: ReadonlyMap<number, number>;
}

export interface WrittenSeries {
  readonly labels: Labels;
  readonly samples?: readonly WrittenSample[];
  readonly histograms?: readonly WrittenHistogram[];
}

export const SCHEMA = 3;
/** By which the bounds of native buckets grow. */
export const NATIVE_BASE = 2 ** (2 ** -SCHEMA);

const PROTO = `
  syntax = "proto3";
  message Label { string name = 1; string value = 2; }
  message Sample { fixed64 value = 1; int64 timestamp = 2; }
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    uint64 count_int = 1;
    fixed64 sum = 3;
    sint32 schema = 4;
    double zero_threshold = 5;
    uint64 zero_count_int = 6;
    repeated BucketSpan positive_spans = 11;
    repeated sint64 positive_deltas = 12;
    int64 timestamp = 15;
  }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Histogram histograms = 4; }
  message WriteRequest { repeated TimeSeries timeseries = 1; }
`;
const WRITE_REQUEST = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('WriteRequest');

/** A NaN of its own, whose bits JavaScript would not keep: so doubles are written as what they are on the wire. */
const STALE = { low: 2, high: 0x7ff00000, unsigned: true };

function bitsOf(value: number | undefined): typeof STALE {
  if (value === undefined) return STALE;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return { low: bytes.readInt32LE(0), high: bytes.readInt32LE(4), unsigned: true };
}

export async function remoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const message = WRITE_REQUEST.create({ timeseries: series.map(timeSeries) });
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    body: new Uint8Array(snappy(WRITE_REQUEST.encode(message).finish())),
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
  });
  if (!response.ok) throw new Error(`Prometheus refused the samples: ${response.status} ${await response.text()}`);
}

function timeSeries({ labels, samples = [], histograms = [] }: WrittenSeries): object {
  return {
    // In the order of their names, as Prometheus demands.
    labels: Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
    samples: samples.map(({ atMs, value }) => ({ value: bitsOf(value), timestamp: atMs })),
    histograms: histograms.map(({ atMs, histogram }) => ({ ...native(histogram), timestamp: atMs })),
  };
}

function native(histogram: NativeHistogram | undefined): object {
  if (histogram === undefined) return { sum: STALE, schema: SCHEMA };
  const indexes = [...histogram.counts.keys()];
  const [first, last] = [Math.min(...indexes), Math.max(...indexes)];
  const counts = Array.from({ length: last - first + 1 }, (_, at) => histogram.counts.get(first + at) ?? 0);
  return {
    count_int: counts.reduce((sum, count) => sum + count, 0),
    sum: bitsOf(histogram.sum),
    schema: SCHEMA,
    zero_threshold: 1e-128,
    positive_spans: [{ offset: first, length: counts.length }],
    positive_deltas: counts.map((count, at) => count - (counts[at - 1] ?? 0)),
  };
}

const LITERAL_MAX = 65_536;

/** Snappy's block format with literals alone: valid, and nothing is compressed. */
function snappy(bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += LITERAL_MAX) {
    const literal = bytes.subarray(at, at + LITERAL_MAX);
    const tag = Buffer.from([61 << 2, 0, 0]);
    tag.writeUInt16LE(literal.length - 1, 1);
    parts.push(tag, literal);
  }
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
