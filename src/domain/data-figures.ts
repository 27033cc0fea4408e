/** How long each way takes and what it costs, with the formula; what cannot be known says why instead of a number. */
import { DATA_ASSUMPTIONS as ASSUMED, DATA_PRICES as PRICES } from './data-prices';
import { formatBytes, formatLine } from './data-quantity';
import type { DataDistance, DataMethod, ExpectedData } from './spec-data';

export type Figure =
  | {
      readonly value: number;
      /** USD of a list price, or milliseconds. */
      readonly unit: 'ms' | 'USD';
      readonly formula: string;
    }
  | { readonly value: null; readonly unit: 'ms' | 'USD'; readonly why: string };

/** What is moved, and from where. */
export interface Load extends ExpectedData {
  readonly distance: DataDistance;
}

const DAY_S = 86_400;
const HOURS_PER_DAY = 24;
const MS = 1_000;
const GB = 1e9;

const ms = (seconds: number, formula: string): Figure => ({ value: Math.round(seconds * MS), unit: 'ms', formula });
const usd = (value: number, formula: string): Figure => ({ value, unit: 'USD', formula });
const noTime = (why: string): Figure => ({ value: null, unit: 'ms', why });
const noPrice = (why: string): Figure => ({ value: null, unit: 'USD', why });

export function isInAws({ distance }: Load): boolean {
  return distance === 'same-region' || distance === 'other-region';
}

/** What a copy over the line reaches. Unit: bytes a second; undefined: not told. */
export function lineRate({ bandwidthBytesPerSecond }: Load): number | undefined {
  return bandwidthBytesPerSecond === undefined ? undefined : bandwidthBytesPerSecond * ASSUMED.lineShare;
}

export function timeOf(method: DataMethod, load: Load): Figure {
  const { bytes } = load;
  if (bytes === undefined) return noTime('expected.bytes is not told');
  switch (method) {
    case 'sdk':
    case 'transfer-acceleration':
      return overLine(bytes, load);
    case 'bulk-continuous':
      return catchUp(bytes, load);
    case 'datasync':
      return byDataSync(bytes, load);
    case 'snowball':
      return byDevice(bytes);
    case 'direct-connect':
      return byOwnLine(bytes);
    case 'dms':
      return noTime('a full load depends on engines and tables: DMS says it while it runs');
  }
}

function overLine(bytes: number, load: Load): Figure {
  const rate = lineRate(load);
  if (rate === undefined) return noTime('expected.bandwidth is not told');
  const line = `${formatBytes(bytes)} ÷ (${ASSUMED.lineShare} × ${formatLine(rate / ASSUMED.lineShare)})`;
  const { objects } = load;
  if (objects === undefined) return ms(bytes / rate, line);
  return ms(
    Math.max(bytes / rate, objects / ASSUMED.copiesPerSecond),
    `the longer of ${line} and ${objects} objects ÷ ${ASSUMED.copiesPerSecond} copies/s`,
  );
}

/** Until changes and copies are level. */
function catchUp(bytes: number, load: Load): Figure {
  const rate = lineRate(load);
  const { changeBytesPerDay } = load;
  if (rate === undefined || changeBytesPerDay === undefined || changeBytesPerDay === 0) return overLine(bytes, load);
  const left = rate - changeBytesPerDay / DAY_S;
  if (!(left > 0)) return noTime('never level: the source changes as fast as the line carries');
  return ms(
    bytes / left,
    `${formatBytes(bytes)} ÷ (${ASSUMED.lineShare} × ${formatLine(rate / ASSUMED.lineShare)} - ${formatBytes(changeBytesPerDay)}/day)`,
  );
}

function byDataSync(bytes: number, load: Load): Figure {
  const task = ASSUMED.dataSyncBytesPerSecond;
  const own = lineRate(load);
  if (own === undefined && !isInAws(load)) return noTime('expected.bandwidth is not told');
  const rate = Math.min(task, own ?? task);
  const told = own === undefined ? '' : `, or ${ASSUMED.lineShare} of the line`;
  return ms(bytes / rate, `${formatBytes(bytes)} ÷ ${formatLine(rate)} (at most ${formatLine(task)} a task${told})`);
}

const devicesFor = (bytes: number): number => Math.ceil(bytes / ASSUMED.snowballBytes);

function byDevice(bytes: number): Figure {
  const devices = devicesFor(bytes);
  return ms(
    ASSUMED.snowballDays * DAY_S + bytes / devices / ASSUMED.snowballLoadBytesPerSecond,
    `${ASSUMED.snowballDays} days from order to import + ${formatBytes(bytes)} ÷ ${devices} devices ÷ ${formatBytes(ASSUMED.snowballLoadBytesPerSecond)}/s of loading`,
  );
}

function byOwnLine(bytes: number): Figure {
  const rate = ASSUMED.directConnectBytesPerSecond;
  return ms(
    ASSUMED.directConnectDays * DAY_S + bytes / (rate * ASSUMED.lineShare),
    `${ASSUMED.directConnectDays} days until the line is there + ${formatBytes(bytes)} ÷ (${ASSUMED.lineShare} × ${formatLine(rate)})`,
  );
}

export function priceOf(method: DataMethod, load: Load): Figure {
  const { bytes } = load;
  if (method === 'dms') return noPrice('hours of a replication instance of your choice: see the DMS price list');
  if (bytes === undefined) return noPrice('expected.bytes is not told');
  if (load.objects === undefined) return noPrice('expected.objects is not told, and requests are paid for one by one');
  const parts = [requests(load.objects, method), transfer(bytes, load), ...extra(method, bytes)];
  return usd(
    parts.reduce((sum, part) => sum + part.usd, 0),
    parts.map((part) => part.text).join(' + '),
  );
}

interface Part {
  readonly usd: number;
  readonly text: string;
}

/** Reading at the source costs only where the source is S3; a device is filled without AWS. */
function requests(objects: number, method: DataMethod): Part {
  const reads = method === 'snowball' ? 0 : PRICES.s3Read.usd;
  const each = PRICES.s3Write.usd + reads;
  return { usd: objects * each, text: `${objects} objects × USD ${Number(each.toPrecision(3))}` };
}

function transfer(bytes: number, { distance }: Load): Part {
  if (distance === 'other-region') {
    const { usd: each } = PRICES.betweenRegions;
    return { usd: (bytes / GB) * each, text: `${formatBytes(bytes)} × USD ${each}/GB between regions` };
  }
  return {
    usd: 0,
    text:
      distance === 'same-region'
        ? 'USD 0 of transfer within a region'
        : "USD 0 into AWS (the other side's exit fee is not in here)",
  };
}

function extra(method: DataMethod, bytes: number): Part[] {
  switch (method) {
    case 'sdk':
    case 'bulk-continuous':
    case 'dms':
      return [];
    case 'datasync':
      return [perGb(bytes, PRICES.dataSync.usd, 'of DataSync')];
    case 'transfer-acceleration':
      return [perGb(bytes, PRICES.acceleration.usd, 'of acceleration')];
    case 'snowball': {
      const devices = devicesFor(bytes);
      const { usd: each, per } = PRICES.snowballJob;
      return [{ usd: devices * each, text: `${devices} × USD ${each} (${per})` }];
    }
    case 'direct-connect': {
      const { usd: each, per } = PRICES.directConnectPort;
      const hours = ASSUMED.directConnectDays * HOURS_PER_DAY;
      return [{ usd: hours * each, text: `${hours} × USD ${each} (${per})` }];
    }
  }
}

function perGb(bytes: number, each: number, what: string): Part {
  return { usd: (bytes / GB) * each, text: `${formatBytes(bytes)} × USD ${each}/GB ${what}` };
}
