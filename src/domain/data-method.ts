/**
 * Which way a data set should take, and why not the others. Pure. `auto` goes by DataSync where this says so: decided once,
 * when the spec is read. It never orders a device, a line or a database task: those begin only when `method` names them.
 */
import type { Figure, Load } from './data-figures';
import { isInAws, lineRate, priceOf, timeOf } from './data-figures';
import { DATA_ASSUMPTIONS as ASSUMED } from './data-prices';
import { formatBytes, formatLine } from './data-quantity';
import { formatDuration } from './quantity';
import type { DataMethod, DataSetSpec, HumanRoad } from './spec-data';

/** 100 GB itself goes by DataSync. */
const SDK_BYTES_MAX = 100e9;
/** 10 TB itself goes by DataSync. */
const DATASYNC_BYTES_MAX = 10e12;
const DAY_S = 86_400;
const DAY_MS = DAY_S * 1_000;

export const DATA_METHODS: readonly DataMethod[] = [
  'sdk',
  'datasync',
  'transfer-acceleration',
  'bulk-continuous',
  'snowball',
  'direct-connect',
  'dms',
];

export interface MethodFigures {
  readonly method: DataMethod;
  readonly time: Figure;
  readonly price: Figure;
}

export interface MethodChoice extends MethodFigures {
  readonly dataSet: string;
  /** What the rules say; `method` is another one where the spec names it. */
  readonly advised: DataMethod;
  readonly reasons: readonly string[];
  readonly rejected: readonly (MethodFigures & { readonly reason: string })[];
  /** What was taken for granted because nobody told it. */
  readonly assumed: readonly string[];
  /** What this version does of it. */
  readonly carriedOut: CarriedOut;
}

export type CarriedOut =
  | 'copied by Crossfade'
  | 'moved by DataSync, followed by Crossfade'
  | 'advised, not executed: Crossfade copies by itself'
  | 'ordered and followed by Crossfade, filled and sent by people'
  | 'followed by Crossfade until it is there, then copied'
  | 'planned, not executed: people do it at gates';

interface Advice {
  readonly method: DataMethod;
  readonly reason: string;
}

export function chooseMethod(dataSet: DataSetSpec): MethodChoice {
  const { load, assumed } = loadOf(dataSet);
  const advice = advise(dataSet, load);
  const method = dataSet.method === 'auto' ? advice.method : dataSet.method;
  const figures = (one: DataMethod): MethodFigures => ({
    method: one,
    time: timeOf(one, load),
    price: priceOf(one, load),
  });
  const reasons =
    dataSet.method === 'auto' || dataSet.method === advice.method
      ? [advice.reason]
      : [`the spec says so (by its size ${advice.method}: ${advice.reason})`];
  const late = lateness(figures(method).time, dataSet);
  return {
    dataSet: dataSet.name,
    ...figures(method),
    advised: advice.method,
    reasons: late === undefined ? reasons : [...reasons, late],
    rejected: DATA_METHODS.filter((one) => one !== method).map((one) => ({
      ...figures(one),
      reason: whyNot(one, dataSet, load, advice),
    })),
    assumed,
    carriedOut: carriedOut(dataSet, method),
  };
}

function carriedOut(dataSet: DataSetSpec, method: DataMethod): CarriedOut {
  if (dataSet.snowball !== undefined) return 'ordered and followed by Crossfade, filled and sent by people';
  if (dataSet.directConnect !== undefined) return 'followed by Crossfade until it is there, then copied';
  if (roadOf(dataSet) !== undefined) return 'planned, not executed: people do it at gates';
  if (dataSet.datasync !== undefined) return 'moved by DataSync, followed by Crossfade';
  return method === 'sdk' || method === 'bulk-continuous'
    ? 'copied by Crossfade'
    : 'advised, not executed: Crossfade copies by itself';
}

/** The way on which people have work to do; undefined: Crossfade copies. A database has no other way. */
export function roadOf({ method, kind }: DataSetSpec): HumanRoad | undefined {
  switch (method) {
    case 'auto':
      return kind === 'database' ? 'dms' : undefined;
    case 'sdk':
    case 'datasync':
    case 'bulk-continuous':
      return undefined;
    case 'snowball':
    case 'direct-connect':
    case 'dms':
      return method;
  }
}

function loadOf({ from, expected = {} }: Weighed): { load: Load; assumed: string[] } {
  if (expected.distance !== undefined) return { load: { ...expected, distance: expected.distance }, assumed: [] };
  const distance = from.startsWith('s3://') ? 'other-region' : 'near';
  return {
    load: { ...expected, distance },
    assumed: [`expected.distance is not told: ${distance} is taken, the dearer of the likely ones`],
  };
}

/** What of a data set decides its way. */
type Weighed = Pick<DataSetSpec, 'from' | 'kind' | 'expected' | 'deadlineMs' | 'datasync'>;

/** @returns why `method: auto` goes by DataSync; undefined: it goes another way. */
export function whyByDataSync(dataSet: Weighed): string | undefined {
  const { method, reason } = advise(dataSet, loadOf(dataSet).load);
  return method === 'datasync' ? reason : undefined;
}

function advise(dataSet: Weighed, load: Load): Advice {
  const { bytes } = load;
  if (dataSet.datasync?.sourceLocation !== undefined)
    return { method: 'datasync', reason: 'its source is no bucket, and DataSync alone reads it' };
  if (dataSet.kind === 'database')
    return { method: 'dms', reason: 'a database is loaded whole and then follows by change capture' };
  if (bytes === undefined)
    return { method: 'sdk', reason: 'expected.bytes is not told, and the SDK copy does any size' };
  if (bytes < SDK_BYTES_MAX) return { method: 'sdk', reason: `${formatBytes(bytes)} is below 100 GB` };
  if (bytes <= DATASYNC_BYTES_MAX) {
    return load.distance === 'far' && dataSet.kind !== 'files'
      ? { method: 'transfer-acceleration', reason: `${formatBytes(bytes)} of objects from another continent` }
      : { method: 'datasync', reason: `${formatBytes(bytes)} is between 100 GB and 10 TB` };
  }
  return adviseForMuch(bytes, dataSet, load);
}

/** More than 10 TB. */
function adviseForMuch(bytes: number, { deadlineMs }: Weighed, load: Load): Advice {
  const much = `${formatBytes(bytes)} is above 10 TB`;
  if (isInAws(load))
    return { method: 'bulk-continuous', reason: `${much} and in AWS already: copied in bulk, then followed` };
  const rate = lineRate(load);
  const overLine = timeOf('bulk-continuous', load).value;
  const byDevice = timeOf('snowball', load).value ?? Number.POSITIVE_INFINITY;
  if (overLine !== null && overLine <= (deadlineMs ?? byDevice))
    return {
      method: 'bulk-continuous',
      reason: `${much}, and the line carries it in ${formatDuration(overLine)}${deadlineMs === undefined ? ', sooner than a device' : ', in time'}`,
    };
  const change = load.changeBytesPerDay ?? 0;
  if (rate !== undefined && change >= rate * DAY_S)
    return {
      method: 'direct-connect',
      reason: `${much} and ${formatBytes(change)} change a day: more than the line of ${formatLine(rate / ASSUMED.lineShare)} carries, so a device would never be caught up with`,
    };
  const why = overLine === null ? 'nobody knows a line that does it' : `the line takes ${formatDuration(overLine)}`;
  return { method: 'snowball', reason: `${much}, and ${why}; changes follow over the line` };
}

function lateness(time: Figure, { deadlineMs }: DataSetSpec): string | undefined {
  if (deadlineMs === undefined) return undefined;
  if (time.value === null)
    return `whether the deadline of ${formatDuration(deadlineMs)} holds is not known: ${time.why}`;
  if (time.value <= deadlineMs) return undefined;
  return `misses the deadline: ${formatDuration(time.value)} against ${formatDuration(deadlineMs)}`;
}

/** Why a method is not the one that is taken. */
function whyNot(method: DataMethod, dataSet: DataSetSpec, load: Load, advice: Advice): string {
  if (method === advice.method) return `advised by size (${advice.reason}); the spec names another`;
  const { bytes } = load;
  if (dataSet.kind === 'database') return 'does not follow the changes of a database';
  const isSmall = bytes !== undefined && bytes < SDK_BYTES_MAX;
  switch (method) {
    case 'dms':
      return 'for databases only';
    case 'sdk':
      return bytes === undefined || isSmall ? 'another one is asked for' : 'from 100 GB on a managed way is surer';
    case 'datasync':
      if (bytes === undefined) return 'nothing says that it is needed: expected.bytes is not told';
      return isSmall ? 'not worth setting up below 100 GB' : 'above 10 TB, or from too far, another way is better';
    case 'transfer-acceleration':
      return isInAws(load)
        ? 'speeds up uploads into AWS; this is in AWS'
        : 'pays over long distances from 100 GB to 10 TB';
    case 'bulk-continuous':
      if (bytes === undefined) return 'nothing says that it is needed: expected.bytes is not told';
      return bytes <= DATASYNC_BYTES_MAX ? 'for more than 10 TB' : notInTime(timeOf(method, load), dataSet);
    case 'snowball':
    case 'direct-connect':
      if (isInAws(load)) return 'both ends are in AWS';
      if (bytes === undefined || bytes <= DATASYNC_BYTES_MAX) return 'for more than 10 TB';
      return notInTime(timeOf(method, load), dataSet);
  }
}

function notInTime(time: Figure, { deadlineMs }: DataSetSpec): string {
  if (time.value === null) return time.why;
  const days = `${Math.ceil(time.value / DAY_MS)} days`;
  return deadlineMs !== undefined && time.value > deadlineMs ? `too late: ${days}` : `slower or dearer: ${days}`;
}
