import { z } from 'zod';
import { parseBytes, parseRate } from '../domain/data-quantity';
import { parseTimetable } from '../domain/timetable';
import { positiveDuration, s3UrlProblem } from './scalars';
import { strict, supported } from './strict';

/*
 * What is told of a data set beside where it is. With an amount of data, and with a rate, the unit is part of the text:
 * a number alone could be anything.
 */

const NOT_BYTES = 'must be an amount of data such as 500GB, 3.2TB or 64GiB';
const NOT_A_RATE = 'must be a rate such as 200Mbps, 10Gbps (bits) or 25MB/s (bytes)';
const OBJECTS_MAX = 1e12;
/** S3's own minima. */
const GLACIER_DAYS_MIN = 31;
const ARCHIVE_DAYS_MIN = 90;
const DEEP_ARCHIVE_DAYS_MIN = 180;
const DAYS_MAX = 3_650;
/** Each is a workflow of its own, and the sum of all is one activity's. */
const FAN_OUT_MAX = 64;

function text(problem: string, read: (written: string) => number | undefined): z.ZodType<number, string> {
  return z
    .string({ error: (issue) => (issue.input === undefined ? undefined : problem) })
    .refine((written) => read(written) !== undefined, { error: problem, abort: true })
    .transform((written) => read(written) ?? 0);
}

export const bytesText = text(NOT_BYTES, parseBytes);
export const positive = (schema: z.ZodType<number, string>): z.ZodType<number, string> =>
  schema.refine((value) => value > 0, 'must be more than zero');

export const expectedData = strict({
  bytes: positive(bytesText).optional().describe('3.2TB'),
  objects: z.int().min(1).max(OBJECTS_MAX).optional(),
  changePerDay: bytesText.optional().describe('How much of it changes or is new each day: 20GB.'),
  bandwidth: positive(text(NOT_A_RATE, parseRate))
    .optional()
    .describe('What the line to AWS, or the copy within it, may use: 200Mbps.'),
  distance: supported('same-region', 'other-region', 'near', 'far')
    .optional()
    .describe("near, far: outside AWS, on the target's continent or another."),
});

const days = (min: number): z.ZodInt => z.int().min(min).max(DAYS_MAX);

const storage = strict({
  glacierAfterDays: days(GLACIER_DAYS_MIN).optional().describe('Then objects move to Glacier Flexible Retrieval.'),
  intelligentTiering: strict({
    archiveAfterDays: days(ARCHIVE_DAYS_MIN).optional(),
    deepArchiveAfterDays: days(DEEP_ARCHIVE_DAYS_MIN).optional(),
  })
    .optional()
    .describe('Objects move between tiers by how they are used, instead of by age.'),
  inventory: supported('daily', 'weekly').optional().describe('A list of all objects, under crossfade-inventory/.'),
  replication: strict({
    roleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/, 'must be the ARN of a role that S3 may assume'),
  })
    .optional()
    .describe('S3 itself carries new objects over; the source must be a bucket with versioning.'),
});

/** `sqlserver://` and the like, as people write them; without user and password, which would end up in histories. */
const DATABASE = /^(postgres|postgresql|mysql|mariadb|oracle|sqlserver|mongodb|db2|sybase):\/\/[^\s/@]+(\/[^\s@]*)?$/;

export function isDatabaseUrl(url: string): boolean {
  return DATABASE.test(url);
}

/** Where data is: an S3 address, or a database for `kind: database`. */
export const dataUrl = z.string().superRefine((url, context) => {
  const problem = isDatabaseUrl(url) ? undefined : s3UrlProblem(url);
  if (problem !== undefined) context.addIssue(problem);
});

const MAX_DELETE_PERCENT = 1;

const NOT_A_TIMETABLE = "must be a limit such as 10M, or a timetable such as '08:00,10M 18:00,off'";

function isTimetable(written: string): boolean {
  try {
    return parseTimetable(written).length > 0;
  } catch {
    return false;
  }
}

const NOT_VERIFY = 'must be changed, full or sample(PERCENT), with a percentage above 0 and up to 100';

/** @returns undefined for what is no such share. */
export function samplePercent(written: string): number | undefined {
  const percent = Number(/^sample\((\d+(?:\.\d+)?)%?\)$/.exec(written)?.[1]);
  return percent > 0 && percent <= 100 ? percent : undefined;
}

const isVerify = (written: string): boolean =>
  written === 'changed' || written === 'full' || samplePercent(written) !== undefined;

/** Keys of a data set that say how it is moved, followed and kept. */
export const dataDetails = {
  kind: supported('objects', 'files', 'database').optional(),
  expected: expectedData.optional().describe('What is known of the data; crossfade plan compares the ways by it.'),
  deadline: positiveDuration.optional().describe('How long the whole move may take.'),
  syncEvery: positiveDuration.optional().describe('Follow the source until the cutover, with a run this often.'),
  freezeMax: positiveDuration.optional().describe('Longest stand-still of the writers that is accepted; 15m.'),
  freeze: supported('declared', 'read-only').optional().describe('read-only: nobody writes to the source.'),
  deletes: supported('keep', 'mirror').optional(),
  maxDeletePercent: z
    .number()
    .gt(0)
    .max(100)
    .optional()
    .describe(`Largest share of the target's objects that one run may delete; ${MAX_DELETE_PERCENT}.`),
  storage: storage.optional(),
  verify: z
    .string()
    .refine(isVerify, NOT_VERIFY)
    .optional()
    .describe('What a verification compares: full, changed (since it was proven last) or sample(5); full.'),
  overwrite: z.boolean().optional().describe('Also what is newer in the target, or was changed there; false.'),
  bandwidth: z
    .string()
    .refine(isTimetable, NOT_A_TIMETABLE)
    .optional()
    .describe("Bytes a second, binary, in the worker's local time: 10M, or '08:00,10M 18:00,off'."),
  storageClass: supported('STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR')
    .optional()
    .describe(
      "Of the copies; each object's own when left out. Classes that have to be restored cannot be served from.",
    ),
  compress: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(20)
    .optional()
    .describe('Patterns such as *.csv of keys that are written as gzip where that makes them smaller; none.'),
  fanOut: z
    .int()
    .min(1)
    .max(FAN_OUT_MAX)
    .optional()
    .describe('Key ranges that workers copy side by side; 1: one worker copies all.'),
  fileSystem: supported('training', 'shared', 'on-premises')
    .optional()
    .describe('Who reads the data through a file system; the plan says which one to put before the bucket.'),
} as const;

export const SYNC_DEFAULTS = {
  freezeMax: '15m',
  freeze: 'declared',
  deletes: 'keep',
  maxDeletePercent: MAX_DELETE_PERCENT,
} as const;

/** How the engine copies and proves; DataSync and DMS have settings of their own. */
const OF_THE_ENGINE = ['verify', 'overwrite', 'bandwidth', 'storageClass', 'compress', 'fanOut'] as const;

const WITH_SYNC = ['freezeMax', 'freeze', 'deletes', 'maxDeletePercent'] as const;

/** What must hold between the keys of one data set. */
export function checkDataSet(dataSet: unknown, context: z.RefinementCtx): void {
  const given = (dataSet ?? {}) as Record<string, unknown>;
  for (const key of WITH_SYNC) {
    if (given[key] !== undefined && given['syncEvery'] === undefined)
      context.addIssue({ code: 'custom', path: [key], message: 'needs syncEvery: without it the data is copied once' });
  }
  if (given['maxDeletePercent'] !== undefined && given['deletes'] !== 'mirror')
    context.addIssue({ code: 'custom', path: ['maxDeletePercent'], message: 'needs deletes: mirror' });
  const isMovedByOthers = given['method'] === 'datasync' || given['kind'] === 'database';
  for (const key of OF_THE_ENGINE) {
    if (given[key] !== undefined && isMovedByOthers)
      context.addIssue({ code: 'custom', path: [key], message: 'is for data that Crossfade copies itself' });
  }
  checkGlacier(given, context);
  checkDatabase(given, context);
}

/** S3's own rule: what moves by age stays 30 days in Infrequent Access. */
const GLACIER_AFTER_ACCESS_DAYS = 30;

function checkGlacier({ storage, infrequentAccessAfterDays }: Record<string, unknown>, context: z.RefinementCtx): void {
  if (typeof storage !== 'object' || storage === null) return;
  const { glacierAfterDays, intelligentTiering } = storage as Record<string, unknown>;
  if (typeof glacierAfterDays !== 'number' || typeof infrequentAccessAfterDays !== 'number') return;
  const min = infrequentAccessAfterDays + GLACIER_AFTER_ACCESS_DAYS;
  if (intelligentTiering === undefined && glacierAfterDays < min)
    context.addIssue({
      code: 'custom',
      path: ['storage', 'glacierAfterDays'],
      message: `must be at least ${min}: ${GLACIER_AFTER_ACCESS_DAYS} days after infrequentAccessAfterDays`,
    });
}

function checkDatabase(given: Record<string, unknown>, context: z.RefinementCtx): void {
  const isDatabase = given['kind'] === 'database';
  for (const side of ['from', 'to']) {
    const url = given[side];
    if (typeof url !== 'string') continue;
    if (isDatabaseUrl(url) && !isDatabase)
      context.addIssue({ code: 'custom', path: [side], message: 'is a database, so kind must be database' });
    if (!isDatabaseUrl(url) && isDatabase && side === 'from')
      context.addIssue({ code: 'custom', path: [side], message: 'must be a database such as postgres://host/name' });
  }
  const { method } = given;
  if (isDatabase && typeof method === 'string' && !['auto', 'dms'].includes(method))
    context.addIssue({ code: 'custom', path: ['method'], message: 'must be dms (or auto) for a database' });
  if (!isDatabase && method === 'dms')
    context.addIssue({ code: 'custom', path: ['method'], message: 'is for kind: database alone' });
  if (isDatabase && given['syncEvery'] !== undefined)
    context.addIssue({ code: 'custom', path: ['syncEvery'], message: 'is not for databases: DMS follows them itself' });
}
