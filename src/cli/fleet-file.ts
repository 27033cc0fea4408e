/** A fleet's file: names of other files in it are read, so that the workflow gets one document. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ICAL from 'ical.js';
import { instantOf } from '../domain/change-windows';
import { MigrationError } from '../domain/errors';
import { readSpecFile } from '../spec';

interface WrittenFreeze {
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** How far events that repeat are followed. */
const AHEAD_MS = 2 * 366 * 24 * 3_600_000;
/** An event that repeats every minute is no calendar of freezes. */
const OCCURRENCES_MAX = 1_000;

/** @param nowMs freezes that are over by then are left out. @throws SpecInvalid naming the file. */
export function readFleetFile(file: string, nowMs: number): Record<string, unknown> {
  const { freezeCalendar, ...rest } = readObject(file);
  const { migrations, freezes } = rest;
  return {
    ...rest,
    ...(Array.isArray(migrations) ? { migrations: migrations.map((each) => withSpec(each, file)) } : {}),
    ...(freezeCalendar === undefined
      ? {}
      : {
          freezes: [
            ...(Array.isArray(freezes) ? (freezes as unknown[]) : []),
            ...readCalendar(freezeCalendar, file, nowMs),
          ],
        }),
  };
}

/** A fleet that runs is told by its name alone: files that its file names may be gone since. @throws SpecInvalid. */
export function readFleetName(file: string): string {
  const { fleet } = readObject(file);
  if (typeof fleet === 'string' && fleet !== '') return fleet;
  throw new MigrationError(
    'SpecInvalid',
    `${file}: fleet: must be the name of the fleet (got ${JSON.stringify(fleet)})`,
  );
}

function readObject(file: string): Record<string, unknown> {
  const document = readSpecFile(file);
  if (typeof document === 'object' && document !== null && !Array.isArray(document))
    return document as Record<string, unknown>;
  throw new MigrationError('SpecInvalid', `${file}: must be an object`);
}

/** A text is the name of a file, relative to the fleet's. */
function withSpec(written: unknown, file: string): unknown {
  const entry = typeof written === 'string' ? { spec: written } : written;
  const { spec } = (entry ?? {}) as { readonly spec?: unknown };
  return typeof spec === 'string' ? { ...(entry as object), spec: readSpecFile(resolve(dirname(file), spec)) } : entry;
}

function readCalendar(written: unknown, file: string, nowMs: number): WrittenFreeze[] {
  if (typeof written !== 'string')
    throw new MigrationError('SpecInvalid', `${file}: freezeCalendar: must be the name of an ICS file, or its text`);
  const isText = written.trimStart().startsWith('BEGIN:VCALENDAR');
  const name = isText ? `${file}: freezeCalendar` : resolve(dirname(file), written);
  try {
    return freezesOf(isText ? written : readFileSync(name, 'utf8'), nowMs);
  } catch (error) {
    throw new MigrationError('SpecInvalid', `${name}: no calendar can be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Every event is a freeze. One without an end lasts for its day, as the format has it. */
export function freezesOf(text: string, nowMs: number): WrittenFreeze[] {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const zones = new Set(
    calendar.getAllSubcomponents('vtimezone').map((component) => {
      ICAL.TimezoneService.register(component);
      return String(component.getFirstPropertyValue('tzid'));
    }),
  );
  const freezes = calendar.getAllSubcomponents('vevent').flatMap((component) => {
    const event = new ICAL.Event(component);
    if (event.isRecurrenceException()) return [];
    return occurrencesOf(event, nowMs).map(({ startDate, endDate }) => ({
      from: new Date(msOf(startDate, component, zones)).toISOString(),
      to: new Date(msOf(endDate, component, zones)).toISOString(),
      why: (event.summary || 'freeze').slice(0, 200),
    }));
  });
  return freezes.filter(({ to }) => Date.parse(to) > nowMs).sort((a, b) => (a.from < b.from ? -1 : 1));
}

interface Occurrence {
  readonly startDate: ICAL.Time;
  readonly endDate: ICAL.Time;
}

function occurrencesOf(event: ICAL.Event, nowMs: number): Occurrence[] {
  if (!event.isRecurring()) return [event];
  const found: Occurrence[] = [];
  const times = event.iterator();
  for (let time = times.next() as ICAL.Time | undefined; time; time = times.next() as ICAL.Time | undefined) {
    const startMs = time.toJSDate().getTime();
    if (startMs > nowMs + AHEAD_MS) break;
    const occurrence = event.getOccurrenceDetails(time) as Occurrence;
    if (occurrence.endDate.toJSDate().getTime() > nowMs - 24 * 3_600_000) found.push(occurrence);
    if (found.length > OCCURRENCES_MAX) throw new Error(`${event.summary} repeats more than ${OCCURRENCES_MAX} times`);
  }
  return found;
}

/** In the zone that the calendar defines, else in IANA's of that name; UTC where none is named. */
function msOf(time: ICAL.Time, component: ICAL.Component, zones: ReadonlySet<string>): number {
  const zoneName = String(component.getFirstProperty('dtstart')?.getParameter('tzid') ?? 'UTC');
  if (time.zone?.tzid === 'UTC' || zones.has(zoneName)) return time.toUnixTime() * 1_000;
  const wallMs = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
  return instantOf(wallMs, zoneName);
}
