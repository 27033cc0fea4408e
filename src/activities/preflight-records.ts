import { MigrationError } from '../domain/errors';
import { formatDuration } from '../domain/quantity';
import type { RecordFacts, RouteState } from '../ports/traffic-router';
import type { Ports } from './ports';
import type { NamedRoute } from './route';
import { isOnRoute } from './route-shares';

/** Above it a rollback takes so long that somebody should know before. */
const TTL_MS_MAX_QUIET = 5 * 60_000;

/** What of a set of records does not fit; nothing for another kind of route. @returns `path: problem`. */
export function inspectRecords({ path, source, target }: NamedRoute, state: RouteState): string[] {
  const { record } = state;
  if (record === undefined || target === undefined) return [];
  if (!isOnRoute(state, target.backend)) return [`${target.path}: there is no weighted record ${target.backend}`];
  return [
    ...ttlProblems(record, [source, target]),
    ...(record.unwatched.includes(target.backend)
      ? [
          `${target.path}: its record has neither a health check nor an alias that evaluates its target's health, so nobody would know that it is down`,
        ]
      : []),
    ...record.otherTypes.map(
      (type) => `${path}.recordName: it has ${type} records too, whose users these weights do not move`,
    ),
  ];
}

function ttlProblems({ ttlMs }: RecordFacts, sides: readonly { backend: string; path: string }[]): string[] {
  const unknown = sides.filter(({ backend }) => ttlMs[backend] === undefined);
  if (unknown.length > 0)
    return unknown.map(({ path }) => `${path}: it is an alias of a record of the same zone: let it lead there itself`);
  const [ofSource = 0, ofTarget = 0] = sides.map(({ backend }) => ttlMs[backend]);
  if (ofSource === ofTarget) return [];
  return [
    `${sides[1]?.path}: its TTL is ${formatDuration(ofTarget)}, the source's ${formatDuration(ofSource)}; they must be equal`,
  ];
}

/** The target's health, where it is on the route already. */
export async function inspectTargetHealth(
  { router }: Pick<Ports, 'router'>,
  { ref, target }: NamedRoute,
): Promise<string[]> {
  if (target === undefined) return [];
  try {
    const { healthyCount } = await router.readHealth(ref, target.backend);
    return healthyCount > 0 ? [] : [`${target.path}: its health check fails`];
  } catch (error) {
    if (!(error instanceof MigrationError) || !['AwsRejected', 'NotFound'].includes(error.code)) throw error;
    // One that is missing is told already.
    return error.code === 'NotFound' ? [] : [`${target.path}: its health check cannot be asked: ${error.message}`];
  }
}

/** What somebody should know before, and that is no problem. */
export function recordNotes({ source }: NamedRoute, { record }: RouteState, settleMs: number): string[] {
  return [
    ...(settleMs <= TTL_MS_MAX_QUIET
      ? []
      : [
          `answers are kept for ${formatDuration(settleMs)}: so long after a rollback users may still be on the target; ` +
            `a TTL of 1m, set a day before, makes it a minute`,
        ]),
    ...(record?.probed.includes(source.backend) === true
      ? [
          `${source.path}: its record has a health check, whose requests metrics may count: they look like traffic ` +
            `before the source is terminated; take it away until then`,
        ]
      : []),
  ];
}
