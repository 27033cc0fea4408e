import { runScenario } from '../../lab/demo';
import type { DemoResult } from '../../lab/demo';
import type { Lab } from '../../lab/index';
import { SCENARIOS } from '../../lab/scenarios';
import type { ScenarioName } from '../../lab/scenarios';
import { AtOnce } from '../support/temporal/at-once';
import { IS_FULL } from './full';
import type { OwnLab } from './own-lab';
import { ownLab } from './own-lab';
import { quickSpec } from './quick-spec';

/*
 * The demo's promises, kept in one lab by three workloads at a time: real Temporal, real worker, real SDK calls, live
 * traffic. Paced faster than the demo.
 */

const BATCHES: readonly (readonly ScenarioName[])[] = [
  ['healthy', 'failing-target', 'metrics-outage'],
  ['slow-target', 'operator-pause', 'operator-rollback'],
  // Whoever is there when the worker is killed waits for another one.
  ['worker-killed', 'sparse-traffic', 'wrong-answers'],
];

/** As slow as what they are about. */
const SLOW: readonly (readonly ScenarioName[])[] = [['slow-burn', 'bad-segment']];

/** Requests a second of each workload; three of them and their shadows share two cores. */
const RATE_PER_SECOND = 50;

type Ending = { result: DemoResult; broken: string[] };

let own: OwnLab;
let lab: Lab;

beforeAll(async () => {
  own = await ownLab('scenarios');
  lab = own.lab;
}, 120_000);

afterAll(() => own?.down(), 60_000);

async function play(name: ScenarioName): Promise<Ending> {
  await lab.addWorkload({ name, ratePerSecond: RATE_PER_SECOND });
  try {
    return await runScenario(lab, name, name, () => undefined, quickSpec(lab, name));
  } finally {
    await lab.setTraffic(name, { ratePerSecond: 0 });
  }
}

describe.each([...BATCHES, ...(IS_FULL ? SLOW : [])].map((names) => ({ names, title: names.join(', ') })))(
  'scenarios at once: $title',
  ({ names }) => {
    const endings = new AtOnce<Ending>();

    beforeAll(() => endings.begin(Object.fromEntries(names.map((name) => [name, () => play(name)])), names.length));

    afterAll(() => endings.settled(), 180_000);

    test.each(names.map((name) => ({ name, promise: SCENARIOS[name].promise })))(
      'demo $name: $promise',
      async ({ name }) => {
        expect((await endings.of(name)).broken).toEqual([]);
      },
      180_000,
    );
  },
);
