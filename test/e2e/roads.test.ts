import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
import { labUp } from '../../lab/index';
import type { Lab } from '../../lab/index';
import { listResources } from '../../lab/resources';
import type { ScenarioName } from '../../lab/scenarios';
import type { Road } from '../../lab/spec';
import type { StatusView } from '../../src/contracts/messages';
import { refusalOf, statusOnce } from './looks';
import { quickSpec } from './quick-spec';

/*
 * The roads besides the load balancer's own, end to end, and what each leaves behind. Several workloads at a time share
 * one lab.
 */

const RATE_PER_SECOND = 40;
/** Every request is signed on its way, which takes a machine three times as long. */
const RATE_THROUGH_PROXIES = 15;

let lab: Lab;
let dir: string;
let connection: Connection;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'crossfade-roads-'));
  lab = await labUp({ dir, worker: true });
  await lab.setTraffic(lab.info.workloads[0]?.name ?? '', { ratePerSecond: 0 });
  connection = await Connection.connect({ address: lab.info.temporal });
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await lab?.down();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

/** Of one workload: whatever bears its name. */
async function resourcesOf(workload: string): Promise<string[]> {
  return (await listResources(lab.info)).filter((resource) => resource.includes(workload));
}

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

interface Story {
  readonly road: Road;
  readonly scenario: ScenarioName;
  readonly workload: string;
}

async function playScenario({ road, scenario, workload }: Story): Promise<string[]> {
  const { broken } = await withTraffic({ workload, road }, () =>
    runScenario(lab, workload, scenario, () => undefined, quickSpec(lab, scenario, workload, road)),
  );
  return broken;
}

interface LeftOver {
  readonly before: readonly string[];
  readonly rolledBack: readonly string[];
  readonly abandoned: readonly string[];
  readonly failedRequests: number;
}

interface Undone {
  readonly road: Road;
  readonly phase: string;
  readonly workload: string;
  /** Something that the migration has made by then. */
  readonly made: RegExp;
}

/** Rolled back in the middle of a phase, looked at, and abandoned. */
function undo({ road, phase, workload }: Undone): Promise<LeftOver> {
  return withTraffic({ workload, road }, async () => {
    const before = await resourcesOf(workload);
    const drive = new Drive(lab, new Client({ connection }), workload, () => undefined);
    await drive.start(quickSpec(lab, 'healthy', workload, road));
    await drive.until(`phase ${phase}`, (status) => isInside(status, phase));
    await drive.send('rollback', 'to see what is left');
    await drive.until(
      'the rollback',
      (status) => status.phase === 'rolled_back' && status.rollback?.restoredAt != null,
    );
    const rolledBack = await resourcesOf(workload);
    await drive.send('abandon', 'to see what is left');
    await drive.handle.result();
    const abandoned = await resourcesOf(workload);
    return { before, rolledBack, abandoned, failedRequests: (await lab.trafficTotals(workload)).failed };
  });
}

/** Far enough that something of the phase was done. */
function isInside({ phase, step, wanted }: StatusView, wantedPhase: string): boolean {
  if (phase !== wantedPhase) return false;
  if (phase === 'environment') return step.includes('endpoint');
  return phase !== 'cutover' || wanted.target > 0;
}

/** In every run each road is gone once and undone once; `npm run test:full` plays everything. */
const IS_FULL = process.env['CROSSFADE_TEST_FULL'] !== undefined;
const EVERY_RUN: ReadonlySet<string> = new Set([
  ...['sm-healthy', 'sm-undo-4'],
  ...['dns-healthy', 'dns-undo-4'],
  ...['ep-kept', 'ep-undo-4'],
  ...['sv-undo-4', 'sv-wrong'],
]);

function played<T extends { readonly workload: string }>(all: readonly T[]): readonly T[] {
  return IS_FULL ? all : all.filter(({ workload }) => EVERY_RUN.has(workload));
}

const STORIES: readonly Story[] = [
  { road: 'sagemaker-proxy', scenario: 'healthy', workload: 'sm-healthy' },
  { road: 'sagemaker-proxy', scenario: 'failing-target', workload: 'sm-failing' },
  { road: 'sagemaker-proxy', scenario: 'wrong-answers', workload: 'sm-wrong' },
  { road: 'route53', scenario: 'healthy', workload: 'dns-healthy' },
  { road: 'route53', scenario: 'failing-target', workload: 'dns-failing' },
  { road: 'route53', scenario: 'operator-rollback', workload: 'dns-rollback' },
  { road: 'sagemaker', scenario: 'failing-target', workload: 'ep-failing' },
  { road: 'sagemaker', scenario: 'operator-rollback', workload: 'ep-rollback' },
  { road: 'sagemaker-shadow', scenario: 'healthy', workload: 'sv-healthy' },
  { road: 'sagemaker-shadow', scenario: 'wrong-answers', workload: 'sv-wrong' },
];

const UNDONE: readonly Undone[] = [
  { road: 'sagemaker-proxy', phase: 'environment', workload: 'sm-undo-2', made: /^model / },
  { road: 'sagemaker-proxy', phase: 'shadow', workload: 'sm-undo-3', made: /^model / },
  { road: 'sagemaker-proxy', phase: 'cutover', workload: 'sm-undo-4', made: /^model / },
  { road: 'route53', phase: 'shadow', workload: 'dns-undo-3', made: /^bucket .*-data-target$/ },
  { road: 'route53', phase: 'cutover', workload: 'dns-undo-4', made: /^record _crossfade\./ },
  { road: 'sagemaker', phase: 'environment', workload: 'ep-undo-2', made: /^endpoint configuration crossfade-/ },
  { road: 'sagemaker', phase: 'shadow', workload: 'ep-undo-3', made: /^scalable target .*\/variant\/crossfade$/ },
  { road: 'sagemaker-shadow', phase: 'shadow', workload: 'sv-undo-3', made: /^endpoint configuration .*-shadow$/ },
  {
    road: 'sagemaker-shadow',
    phase: 'cutover',
    workload: 'sv-undo-4',
    made: /^scalable target .*\/variant\/crossfade$/,
  },
  { road: 'sagemaker', phase: 'cutover', workload: 'ep-undo-4', made: /^scalable target .*\/variant\/crossfade$/ },
];

/** What a colleague might do from a console: another configuration for the same model. */
async function changeConfiguration(lab: Lab, endpoint: string): Promise<void> {
  const client = new SageMakerClient(userClientConfig(lab.info.aws));
  const { ProductionVariants } = await client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: endpoint }));
  await client.send(new CreateEndpointConfigCommand({ EndpointConfigName: 'theirs', ProductionVariants }));
  await client.send(new UpdateEndpointCommand({ EndpointName: endpoint, EndpointConfigName: 'theirs' }));
}

const ROADS_HERE: readonly Road[] = ['sagemaker-proxy', 'route53', 'sagemaker', 'sagemaker-shadow'];

const roadsOf = (all: readonly { readonly road: Road }[]): Road[] =>
  ROADS_HERE.filter((each) => all.some(({ road }) => road === each));

describe.each(roadsOf(played(STORIES)))('scenarios of road %s', (ownRoad) => {
  const stories = played(STORIES).filter(({ road }) => road === ownRoad);
  const endings = new Map<string, Promise<string[]>>();

  beforeAll(() => {
    for (const story of stories) endings.set(story.workload, playScenario(story));
    // Each test awaits its own; one that fails must not end the process before its test reports it.
    for (const ending of endings.values()) ending.catch(() => undefined);
  });

  afterAll(() => Promise.allSettled(endings.values()), 180_000);

  test.each(stories)(
    'road $road, $scenario: every promise comes true',
    async ({ workload }) => {
      expect(await endings.get(workload)).toEqual([]);
    },
    180_000,
  );
});

describe('what is left once an endpoint has another model', () => {
  const story: Story = { road: 'sagemaker', scenario: 'healthy', workload: 'ep-kept' };

  test('road sagemaker, healthy: every promise comes true; what stays is the target and its data; of the source what is no variant, and nothing scales it', async () => {
    const { before, after, broken } = await withTraffic(story, async () => {
      const before = await resourcesOf(story.workload);
      const spec = quickSpec(lab, story.scenario, story.workload, story.road);
      const { broken } = await runScenario(lab, story.workload, story.scenario, () => undefined, spec);
      return { before, broken, after: await resourcesOf(story.workload) };
    });
    expect(broken).toEqual([]);
    const gone = before.filter((resource) => !after.includes(resource));
    const made = after.filter((resource) => !before.includes(resource));

    expect(gone).toEqual(['scalable target endpoint/ep-kept-live/variant/before']);
    expect(made).toEqual([
      'bucket ep-kept-data-target',
      'endpoint configuration crossfade-ep-kept-alone',
      'mark ep-kept-live crossfade:claim',
      'mark ep-kept-live crossfade:instances:before',
      'mark ep-kept-live crossfade:shift',
      'model crossfade-ep-kept',
      'scalable target endpoint/ep-kept-live/variant/crossfade',
    ]);
  }, 180_000);
});

describe.each(roadsOf(played(UNDONE)))('what is left on road %s', (ownRoad) => {
  const undone = played(UNDONE).filter(({ road }) => road === ownRoad);
  const endings = new Map<string, Promise<LeftOver>>();

  beforeAll(() => {
    for (const each of undone) endings.set(each.workload, undo(each));
    for (const ending of endings.values()) ending.catch(() => undefined);
  });

  afterAll(() => Promise.allSettled(endings.values()), 180_000);

  test.each(undone)(
    'road $road, rolled back in $phase: the target stays for a look, and nothing once it is abandoned',
    async ({ workload, made }) => {
      const left = await endings.get(workload);

      expect(left?.failedRequests).toBe(0);
      expect(left?.rolledBack).toEqual(
        expect.arrayContaining([...(left?.before ?? ['?']), expect.stringMatching(made)]),
      );
      expect(left?.abandoned).toEqual(left?.before);
    },
    180_000,
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
    const before = await resourcesOf(workload);
    const seen = await blocked(drive);
    await lab.clearSageMakerFaults();
    await drive.send('retry', 'the image is mended');
    await drive.until('the phase after', ({ phase }) => phase === 'shadow');
    await drive.send('abandon', 'seen enough');
    await drive.handle.result();

    expect(seen.blocked).toMatchObject({
      code: 'EndpointFailed',
      message: expect.stringContaining('did not pass the ping health check'),
    });
    expect((await resourcesOf(workload)).length).toBeLessThanOrEqual(before.length);
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
      const before = await resourcesOf(workload);
      const seen = await refusalOf(drive);

      expect(seen).toMatch(words);
      expect(await resourcesOf(workload)).toEqual(before);
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
