/** The lab in which migrations get into trouble, and the hands that touch it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { labUp } from '../../lab';
import type { Lab, WorkloadInfo } from '../../lab';
import { eventually } from '../lab/eventually';
import { Account } from './account';
import { Subject } from './subject';

const ROOT = path.resolve(__dirname, '..', '..');

/** As wide as a spec needs to be changed here. */
export interface Spec {
  workload: string;
  source: { owned: { autoScalingGroups: string[] } };
  router: { alb: { ruleArn: string; sourceTargetGroupArn: string } };
  data: { name: string; from: string; to: string }[];
  cutover: { weights: number[]; stabilization: string; approvals: object };
  shadow: object;
  decommission: Record<string, unknown>;
  ledger: string;
  [key: string]: unknown;
}

export interface Ended {
  readonly exitCode: number;
  readonly stderr: string;
}

export class Stage {
  private constructor(
    readonly dir: string,
    readonly lab: Lab,
    readonly account: Account,
    private readonly connection: Connection,
    private readonly client: Client,
  ) {}

  static async up(): Promise<Stage> {
    const dir = mkdtempSync(path.join(tmpdir(), 'crossfade-trouble-'));
    const lab = await labUp({ dir, worker: true });
    await lab.setTraffic('ranker', { ratePerSecond: 0 });
    const connection = await Connection.connect({ address: lab.info.temporal });
    return new Stage(dir, lab, new Account(lab.info), connection, new Client({ connection }));
  }

  async down(): Promise<void> {
    await this.connection.close();
    await this.lab.down();
    rmSync(this.dir, { recursive: true, force: true });
  }

  subject(workload: string): Subject {
    return new Subject(this.client, workload);
  }

  workload(name: string): WorkloadInfo {
    const info = this.lab.info.workloads.find((candidate) => candidate.name === name);
    if (info === undefined) throw new Error(`there is no workload ${name}`);
    return info;
  }

  /** The lab's own spec with two weights and short holds. */
  quickSpec(workload: string): Spec {
    const spec = this.lab.spec(workload, { hold: '3s', latencyRatioMax: 25 }) as Spec;
    return {
      ...spec,
      baseline: { window: '3s' },
      shadow: { ...spec.shadow, startPercent: 50, maxPercent: 50, firstHold: '3s', hold: '3s' },
      cutover: { ...spec.cutover, weights: [50, 100] },
      decommission: { ...spec.decommission, after: '1s', standby: '1s' },
    };
  }

  /** The command line, as an operator runs it. */
  async crossfade(...args: string[]): Promise<Ended> {
    const file = path.join(ROOT, 'bin', 'crossfade.js');
    const env = { ...process.env, ...this.lab.info.env };
    return promisify(execFile)(process.execPath, [file, ...args], { env }).then(
      ({ stderr }) => ({ exitCode: 0, stderr }),
      (error: { code: number; stderr: string }) => ({ exitCode: error.code, stderr: error.stderr }),
    );
  }

  /** @returns the check that everything about the workload is as it is now, after instances have had time to go. */
  async slate(workload: string): Promise<() => Promise<void>> {
    const before = await this.account.listing(workload);
    return () => eventually(async () => expect(await this.account.listing(workload)).toEqual(before));
  }
}
