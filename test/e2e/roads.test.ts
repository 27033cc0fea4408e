import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { runScenario } from '../../lab/demo';
import { Drive } from '../../lab/drive';
import { labUp } from '../../lab/index';
import type { Lab } from '../../lab/index';
import { listResources } from '../../lab/resources';
import type { ScenarioName } from '../../lab/scenarios';
import type { Road } from '../../lab/spec';
import type { StatusView } from '../../src/contracts/messages';
import { quickSpec } from './quick-spec';

/*
 * The roads besides the load balancer's own, end to end, and what each leaves behind. Several workloads at a time share
 * one lab.
 */

const RATE_PER_SECOND = 40;

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

async function withTraffic<T>(workload: string, play: () => Promise<T>): Promise<T> {
  await lab.addWorkload({ name: workload, ratePerSecond: RATE_PER_SECOND });
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
  const { broken } = await withTraffic(workload, () =>
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
}

/** Rolled back in the middle of a phase, looked at, and abandoned. */
function undo({ road, phase, workload }: Undone): Promise<LeftOver> {
  return withTraffic(workload, async () => {
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

const STORIES: readonly Story[] = [
  { road: 'sagemaker-proxy', scenario: 'healthy', workload: 'sm-healthy' },
  { road: 'sagemaker-proxy', scenario: 'failing-target', workload: 'sm-failing' },
  { road: 'sagemaker-proxy', scenario: 'wrong-answers', workload: 'sm-wrong' },
];

const UNDONE: readonly Undone[] = [
  { road: 'sagemaker-proxy', phase: 'environment', workload: 'sm-undo-2' },
  { road: 'sagemaker-proxy', phase: 'shadow', workload: 'sm-undo-3' },
  { road: 'sagemaker-proxy', phase: 'cutover', workload: 'sm-undo-4' },
];

describe('scenarios', () => {
  const endings = new Map<string, Promise<string[]>>();

  beforeAll(() => {
    for (const story of STORIES) endings.set(story.workload, playScenario(story));
    // Each test awaits its own; one that fails must not end the process before its test reports it.
    for (const ending of endings.values()) ending.catch(() => undefined);
  });

  afterAll(() => Promise.allSettled(endings.values()), 180_000);

  test.each(STORIES)(
    'road $road, $scenario: every promise comes true',
    async ({ workload }) => {
      expect(await endings.get(workload)).toEqual([]);
    },
    180_000,
  );
});

describe('what is left', () => {
  const endings = new Map<string, Promise<LeftOver>>();

  beforeAll(() => {
    for (const each of UNDONE) endings.set(each.workload, undo(each));
    for (const ending of endings.values()) ending.catch(() => undefined);
  });

  afterAll(() => Promise.allSettled(endings.values()), 180_000);

  test.each(UNDONE)(
    'road $road, rolled back in $phase: the target stays for a look, and nothing once it is abandoned',
    async ({ workload }) => {
      const left = await endings.get(workload);

      expect(left?.failedRequests).toBe(0);
      expect(left?.rolledBack).toEqual(
        expect.arrayContaining([...(left?.before ?? ['?']), expect.stringMatching(/^model /)]),
      );
      expect(left?.abandoned).toEqual(left?.before);
    },
    180_000,
  );
});
