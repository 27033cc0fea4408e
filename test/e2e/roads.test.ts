import {
  CreateEndpointConfigCommand,
  DescribeEndpointConfigCommand,
  SageMakerClient,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { Client, Connection } from '@temporalio/client';
import { userClientConfig } from '../../lab/aws-env';
import { runScenario } from '../../lab/demo';
import { Drive } from '../../lab/drive';
import type { Lab } from '../../lab/index';
import type { StatusView } from '../../src/contracts/messages';
import { refusalOf, resourcesOf, statusOnce } from './looks';
import type { OwnLab } from './own-lab';
import { ownLab } from './own-lab';
import { quickSpec } from './quick-spec';
import { KEPT, played, playedOn, roadsOf, STORIES, UNDONE } from './road-stories';
import type { Story, Undone } from './road-stories';
import { AtOnce } from '../support/temporal/at-once';

/*
 * The roads besides the load balancer's own, end to end, and what each leaves behind. Several workloads at a time share
 * one lab.
 */

const RATE_PER_SECOND = 40;
/** Every request is signed on its way, which takes a machine three times as long. */
const RATE_THROUGH_PROXIES = 15;

let own: OwnLab;
let lab: Lab;
let connection: Connection;

beforeAll(async () => {
  own = await ownLab('roads');
  lab = own.lab;
  connection = await Connection.connect({ address: lab.info.temporal });
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await own?.down();
}, 60_000);

async function withTraffic<T>(
  { workload, road }: Pick<Story, 'workload' | 'road'>,
  play: () => Promise<T>,
): Promise<T> {
  const isOnEndpoint = road === 'sagemaker' || road === 'sagemaker-shadow';
  const way = { dns: road === 'route53', endpoint: isOnEndpoint };
  const ratePerSecond = isOnEndpoint ? RATE_THROUGH_PROXIES : RATE_PER_SECOND;
  await lab.addWorkload({ name: workload, ratePerSecond, ...way });
  try {
    return await play();
  } finally {
    await lab.setTraffic(workload, { ratePerSecond: 0 });
  }
}

/** What a play came to. */
interface Ending {
  readonly broken?: readonly string[];
  readonly before: readonly string[];
  readonly rolledBack?: readonly string[];
  readonly after?: readonly string[];
  /** The newest of them. */
  readonly failedRequests?: readonly string[];
}

async function playScenario({ road, scenario, workload }: Story): Promise<Ending> {
  const { broken } = await withTraffic({ workload, road }, () =>
    runScenario(lab, workload, scenario, () => undefined, quickSpec(lab, scenario, workload, road)),
  );
  return { broken, before: [] };
}

/** A healthy migration from its start to its end, and everything of its workload before and after it. */
function playWhole({ workload, road }: Pick<Story, 'workload' | 'road'>): Promise<Ending> {
  return withTraffic({ workload, road }, async () => {
    const before = await resourcesOf(lab, workload);
    const spec = quickSpec(lab, 'healthy', workload, road);
    const { broken } = await runScenario(lab, workload, 'healthy', () => undefined, spec);
    return { before, broken, after: await resourcesOf(lab, workload) };
  });
}

/** Rolled back in the middle of a phase, looked at, and abandoned. */
function undo({ road, phase, workload }: Undone): Promise<Ending> {
  return withTraffic({ workload, road }, async () => {
    const before = await resourcesOf(lab, workload);
    const drive = new Drive(lab, new Client({ connection }), workload, () => undefined);
    await drive.start(quickSpec(lab, 'healthy', workload, road));
    await drive.until(`phase ${phase}`, (status) => isInside(status, phase));
    await drive.send('rollback', 'to see what is left');
    await drive.until(
      'the rollback',
      (status) => status.phase === 'rolled_back' && status.rollback?.restoredAt != null,
    );
    const rolledBack = await resourcesOf(lab, workload);
    await drive.send('abandon', 'to see what is left');
    await drive.handle.result();
    const after = await resourcesOf(lab, workload);
    return { before, rolledBack, after, failedRequests: (await lab.trafficTotals(workload)).lastFailures };
  });
}

/** Far enough that something of the phase was done. */
function isInside({ phase, step, wanted }: StatusView, wantedPhase: string): boolean {
  if (phase !== wantedPhase) return false;
  if (phase === 'environment') return step.includes('endpoint');
  return phase !== 'cutover' || wanted.target > 0;
}

/** @param made something of it; not there: it is empty. */
function holding(made: RegExp | undefined): unknown {
  return made === undefined ? [] : expect.arrayContaining([expect.stringMatching(made)]);
}

/** What a colleague might do from a console: another configuration for the same model. */
async function changeConfiguration(lab: Lab, endpoint: string): Promise<void> {
  const client = new SageMakerClient(userClientConfig(lab.info.aws));
  const { ProductionVariants } = await client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: endpoint }));
  await client.send(new CreateEndpointConfigCommand({ EndpointConfigName: 'theirs', ProductionVariants }));
  await client.send(new UpdateEndpointCommand({ EndpointName: endpoint, EndpointConfigName: 'theirs' }));
}

/** Two at a time: a busier machine fails requests that no migration failed. */
const AT_ONCE_MAX = 2;
/** All that one road has to play, on a slow machine. */
const ALL_WITHIN_MS = 600_000;

describe.each(roadsOf(played([...KEPT, ...STORIES, ...UNDONE])))('road %s', (ownRoad) => {
  const kept = playedOn(ownRoad, KEPT);
  const stories = playedOn(ownRoad, STORIES);
  const undone = playedOn(ownRoad, UNDONE);
  const endings = new AtOnce<Ending>();

  beforeAll(() => {
    const plays = [
      ...kept.map((each) => [each.workload, () => playWhole(each)] as const),
      ...stories.map((each) => [each.workload, () => playScenario(each)] as const),
      ...undone.map((each) => [each.workload, () => undo(each)] as const),
    ];
    endings.begin(Object.fromEntries(plays), AT_ONCE_MAX);
  });

  afterAll(() => endings.settled(), ALL_WITHIN_MS);

  for (const { workload, gone, made } of kept)
    test(
      `${ownRoad}, healthy: every promise comes true, and what is there then is what the decommission leaves`,
      async () => {
        const { broken, before, after = [] } = await endings.of(workload);

        expect(broken).toEqual([]);
        expect(before.filter((resource) => !after.includes(resource))).toEqual(gone);
        expect(after.filter((resource) => !before.includes(resource))).toEqual(made);
      },
      ALL_WITHIN_MS,
    );

  for (const { workload, scenario } of stories)
    test(
      `${ownRoad}, ${scenario}: every promise comes true`,
      async () => {
        expect((await endings.of(workload)).broken).toEqual([]);
      },
      ALL_WITHIN_MS,
    );

  for (const { workload, phase, made } of undone)
    test(
      `${ownRoad}, rolled back in ${phase}: the target stays for a look, and nothing once it is abandoned`,
      async () => {
        const { before, rolledBack = [], after, failedRequests } = await endings.of(workload);

        expect(failedRequests).toEqual([]);
        expect(rolledBack).toEqual(expect.arrayContaining([...before]));
        expect(rolledBack.filter((resource) => !before.includes(resource))).toEqual(holding(made));
        expect(after).toEqual(before);
      },
      ALL_WITHIN_MS,
    );
});

describe('trouble', () => {
  type SpecLike = { target: { sagemaker: Record<string, unknown> } };

  async function begin(workload: string, shape: (spec: SpecLike) => SpecLike = (spec) => spec): Promise<Drive> {
    await lab.addWorkload({ name: workload, ratePerSecond: RATE_PER_SECOND });
    const drive = new Drive(lab, new Client({ connection }), workload, () => undefined);
    await drive.start(shape(quickSpec(lab, 'healthy', workload, 'sagemaker-proxy') as unknown as SpecLike));
    return drive;
  }

  const hosted =
    (changes: Record<string, unknown>) =>
    (spec: SpecLike): SpecLike => ({ ...spec, target: { sagemaker: { ...spec.target.sagemaker, ...changes } } });

  const blocked = (drive: Drive): Promise<StatusView> => statusOnce(drive, (status) => status.blocked !== null);

  test('a container that never becomes healthy: the reason is shown, retry makes the endpoint anew, abandon removes it', async () => {
    const workload = 'sm-unhealthy';
    await lab.setSageMakerFault({ kind: 'unhealthy', endpoint: `crossfade-${workload}` });
    const drive = await begin(workload);
    const before = await resourcesOf(lab, workload);
    const seen = await blocked(drive);
    await lab.clearSageMakerFaults();
    await drive.send('retry', 'the image is mended');
    // What is blocked writes its record first, and hears of the retry when that is done.
    await statusOnce(drive, (status) => status.blocked === null);
    await drive.until('the phase after', ({ phase }) => phase === 'shadow');
    await drive.send('abandon', 'seen enough');
    await drive.handle.result();

    expect(seen.blocked).toMatchObject({
      code: 'EndpointFailed',
      message: expect.stringContaining('did not pass the ping health check'),
    });
    expect((await resourcesOf(lab, workload)).length).toBeLessThanOrEqual(before.length);
  }, 120_000);

  test.each([
    [
      'a quota that is too low',
      'sm-quota',
      { instanceType: 'ml.p4d.24xlarge' },
      /QuotaTooLow.*request-service-quota-increase/s,
    ],
    [
      'a model that cannot be read',
      'sm-model',
      { modelData: 's3://sm-model-data-source/nothing/model.tar.gz' },
      /SpecInvalid.*target\.sagemaker\.modelData/s,
    ],
  ])(
    '%s is refused before anything is made',
    async (_name, workload, changes, words) => {
      await lab.setSageMakerFault({ kind: 'quota', instanceType: 'ml.p4d.24xlarge', value: 0 });
      const drive = await begin(workload, hosted(changes));
      const before = await resourcesOf(lab, workload);
      const seen = await refusalOf(drive);

      expect(seen).toMatch(words);
      expect(await resourcesOf(lab, workload)).toEqual(before);
    },
    60_000,
  );

  test('an endpoint that somebody else changes is held and told', async () => {
    const workload = 'sm-third-hand';
    const drive = await begin(workload);
    await drive.until('real traffic', ({ phase, wanted }) => phase === 'cutover' && wanted.target > 0);
    await changeConfiguration(lab, `crossfade-${workload}`);
    const seen = await statusOnce(drive, ({ verdict }) => verdict?.kind === 'blind');
    await drive.send('rollback', 'seen enough');
    const { totals } = await drive.until('the rollback', ({ phase }) => phase === 'rolled_back');
    await drive.send('abandon', 'seen enough');
    await drive.handle.result();

    expect(seen.verdict?.reason).toMatch(/serves the configuration theirs/);
    expect(totals.failed).toBe(0);
  }, 120_000);
});
