import { runScenario } from '../../lab/demo';
import type { Lab } from '../../lab/index';
import type { Road } from '../../lab/spec';
import type { AwsCall } from '../../src/domain/aws-call';
import { actionOf } from '../../src/domain/iam-actions';
import { callsOf, policyFor } from '../../src/domain/iam-policy';
import { planMigration } from '../../src/domain/plan';
import { parseSpec } from '../../src/spec';
import { IS_FULL } from './full';
import type { OwnLab } from './own-lab';
import { ownLab } from './own-lab';
import { quickSpec } from './quick-spec';

/*
 * What `crossfade plan --iam` allows, held against what the worker really calls: one healthy migration a road, alone in
 * its lab, so that every call is its own.
 */

const ROADS: readonly Road[] = IS_FULL
  ? ['alb', 'route53', 'sagemaker-proxy', 'sagemaker', 'sagemaker-shadow']
  : ['alb'];
const RATE_PER_SECOND = 20;

let own: OwnLab;
let lab: Lab;

beforeAll(async () => {
  own = await ownLab('permissions');
  lab = own.lab;
}, 120_000);

afterAll(() => own?.down(), 60_000);

test.each(ROADS)(
  '%s: every call of a migration stands in its plan, and its policy allows it',
  async (road) => {
    const workload = `may-${road}`;
    const isOnEndpoint = road === 'sagemaker' || road === 'sagemaker-shadow';
    await lab.addWorkload({
      name: workload,
      ratePerSecond: RATE_PER_SECOND,
      dns: road === 'route53',
      endpoint: isOnEndpoint,
    });
    await lab.takeWorkerCalls();
    const document = quickSpec(lab, 'healthy', workload, road);

    const { broken } = await runScenario(lab, workload, 'healthy', () => undefined, document);
    const called = (await lab.takeWorkerCalls()) as AwsCall[];
    await lab.setTraffic(workload, { ratePerSecond: 0 });

    const spec = parseSpec(document);
    const plan = planMigration(spec);
    const planned = new Set<string>(callsOf(spec, plan).flatMap(({ calls, undo }) => [...calls, ...undo]));
    const allowed = new Set(policyFor(spec, plan).Statement.flatMap(({ Action }) => Action));
    expect(broken).toEqual([]);
    expect(called.length).toBeGreaterThan(5);
    expect(called.filter((call) => !planned.has(call))).toEqual([]);
    expect(called.filter((call) => !allowed.has(actionOf(call)))).toEqual([]);
  },
  180_000,
);
