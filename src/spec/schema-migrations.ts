/** Many migrations in waves: what `migrateFleet` is given. */
import { z } from 'zod';
import { DAYS } from '../domain/change-windows';
import { FLEET_STAGES } from '../domain/migration-fleet';
import { parseTime } from '../domain/quantity';
import { positiveDuration } from './scalars';
import { notify } from './schema-policy';
import { strict } from './strict';

const MIGRATIONS_MAX = 200;
const FREEZES_MAX = 1_000;

const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label: lower case letters, digits and inner hyphens');
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "08:30", in quotes');
const instant = z
  .string()
  .refine((text) => parseTime(text) !== undefined, 'must be a time such as 2027-01-01T00:00:00Z');
const timeZone = z.string().refine(isTimeZone, 'must be a time zone such as Europe/Berlin');

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

const stage = z.enum(FLEET_STAGES).prefault('inference').describe('Its place where no waves are given.');
const migration = { spec: z.unknown().describe('Of the migration; in a file the name of its file, too.'), stage };

export const fleetSchema = strict({
  $schema: z.string().optional().describe('For editors; ignored.'),
  apiVersion: z.literal('crossfade/v1'),
  fleet: label.describe('The workflow ID is fleet/<this>.'),
  migrations: z.array(strict(migration)).min(1).max(MIGRATIONS_MAX),
  waves: z.array(z.array(label).min(1)).min(1).optional().describe('Names of workloads; left out: by stage.'),
  parallelMax: z.int().min(1).max(MIGRATIONS_MAX).prefault(1).describe('Migrations that run at the same time.'),
  changeWindows: z
    .array(strict({ days: z.array(z.enum(DAYS)).min(1), from: clock, to: clock, timeZone: timeZone.prefault('UTC') }))
    .prefault([])
    .describe('When a migration may begin; left out: always.'),
  freezes: z
    .array(strict({ from: instant, to: instant, why: z.string().min(1).max(200) }))
    .max(FREEZES_MAX)
    .prefault([])
    .describe('When none may begin. In a file, freezeCalendar names an ICS file instead.'),
  stopOnRollback: z
    .boolean()
    .prefault(true)
    .describe('Whether a migration in trouble keeps all that have not begun waiting for an answer.'),
  checkEvery: positiveDuration.prefault('30s').describe('How often the migrations are looked at.'),
  notify: notify.prefault([]).describe('Who is told of the fleet; its migrations tell of themselves.'),
});

const fileName = z.string().min(1);
const specInFile = z.union([
  fileName.describe("Name of the spec's file, relative to this one."),
  // Beside the fleet's own schema, so that editors complete a spec that stands inside.
  z.unknown().meta({ $ref: 'migration.schema.json' }),
]);

/** What a file may say: a spec, or the freezes, by the name of another file; `cli/fleet-file.ts` reads them. */
export const fleetFileSchema = strict({
  ...fleetSchema.shape,
  migrations: z
    .array(z.union([fileName.describe("Name of a spec's file."), strict({ ...migration, spec: specInFile })]))
    .min(1)
    .max(MIGRATIONS_MAX),
  freezeCalendar: fileName.optional().describe('ICS file, relative to this one, or its text: its events are freezes.'),
});
