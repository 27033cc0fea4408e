import type { ValidationReport } from '../../src/workflows/validate-target';
import { AtOnce } from '../support/temporal/at-once';
import { migrated, validated } from '../support/temporal/parts';
import { Theatre } from '../support/temporal/theatre';
import { migrationOn } from './roads';
import type { Road } from './roads';

/* The watch over a target that has been accepted, wherever something else than a load balancer divides the traffic. */

const WITHIN_MS = 120_000;
const ROADS = ['sagemaker', 'endpoint', 'sagemaker-shadow', 'route53'] as const satisfies readonly Road[];

interface Watched {
  readonly first: ValidationReport;
  readonly later: ValidationReport;
}

let theatre: Theatre;
const plays = new AtOnce<Watched>();

beforeAll(async () => {
  theatre = await Theatre.open();
  plays.begin(Object.fromEntries(ROADS.map((road) => [road, () => watchOver(road)])), ROADS.length);
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

async function watchOver(road: Road): Promise<Watched> {
  const workload = `drift-${road}`;
  const migration = await migrated(migrationOn(road, theatre, workload));
  const { world } = migration;
  const first = await validated(theatre, migration, undefined, ({ skipped }) => skipped === null);
  world.setTraffic(workload, { targetErrorRate: 0.9 });
  world.answer = () => ({ status: 200, body: { score: 9 } });
  const later = await validated(theatre, migration, first, ({ verdict }) => verdict?.kind === 'fail');
  return { first, later };
}

test.each(ROADS)(
  'validateTarget: on the road %s a target as it was accepted has no drift, and one that errs has',
  async (road) => {
    const { first, later } = await plays.of(road);

    expect(first).toMatchObject({ skipped: null, drift: [], answers: { isReference: true } });
    expect(later.drift).toEqual([expect.stringMatching(/error/), expect.stringMatching(/score: differs at/)]);
  },
  WITHIN_MS,
);
