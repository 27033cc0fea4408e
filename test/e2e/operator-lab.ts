/** A lab as its operators use it: with programs from outside, never through our own client code. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { DescribeRulesCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Client, Connection } from '@temporalio/client';
import { userClientConfig } from '../../lab/aws-env';
import { labUp } from '../../lab/index';
import type { Lab, WorkloadInfo } from '../../lab/index';
import { readTools } from '../../lab/tools';
import { migrationId, QUERIES } from '../../src/contracts/messages';
import type { StatusView } from '../../src/contracts/messages';
import { eventually } from '../lab/eventually';

const ROOT = path.resolve(__dirname, '..', '..');
/** Several workloads and their shadows share two cores. */
const RATE_PER_SECOND = 40;
/** How long a migration may take to where a test wants it. */
const REACHED_WITHIN_MS = 60_000;

/** A program that has ended. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that goes on until it is interrupted. */
export interface Running {
  /** Resolves once its standard error matches; rejects when it ends before. */
  says(words: RegExp): Promise<RegExpExecArray>;
  /** As Ctrl-C does. */
  interrupt(): Promise<Ended>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** As `crossfade lab spec --json` prints it. */
export type LabSpec = Record<string, unknown> & Readonly<Record<'shadow' | 'cutover' | 'decommission', object>>;
export type GatedSpec = Record<string, unknown> & { readonly cutover: object; readonly decommission: object };

export class OperatorLab {
  private readonly children = new Set<Child>();

  private constructor(
    readonly dir: string,
    readonly lab: Lab,
    private readonly connection: Connection,
    private readonly client: Client,
  ) {}

  /** @param workloads besides the lab's own `ranker`. */
  static async up(...workloads: readonly string[]): Promise<OperatorLab> {
    const dir = mkdtempSync(path.join(tmpdir(), 'crossfade-operator-'));
    const lab = await labUp({ dir, worker: true });
    await lab.setTraffic('ranker', { ratePerSecond: RATE_PER_SECOND });
    for (const name of workloads) await lab.addWorkload({ name, ratePerSecond: RATE_PER_SECOND });
    const connection = await Connection.connect({ address: lab.info.temporal });
    return new OperatorLab(dir, lab, connection, new Client({ connection }));
  }

  async down(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await this.connection.close();
    await this.lab.down();
    rmSync(this.dir, { recursive: true, force: true });
  }

  workload(name: string): WorkloadInfo {
    const found = this.lab.info.workloads.find((workload) => workload.name === name);
    if (found === undefined) throw new Error(`there is no workload ${name}`);
    return found;
  }

  /** The lab's own spec with a gate before the first weight, which is 50 %, and short holds elsewhere. */
  gatedSpec(
    workload: string,
    stabilization: string,
    spec = this.lab.spec(workload, { hold: '3s', latencyRatioMax: 25 }) as LabSpec,
  ): GatedSpec {
    return {
      ...spec,
      baseline: { window: '3s' },
      shadow: { ...spec.shadow, startPercent: 50, maxPercent: 50, firstHold: '3s', hold: '3s' },
      cutover: { ...spec.cutover, weights: [50, 100], stabilization, approvals: { beforeFirst: true } },
      decommission: { ...spec.decommission, after: '1s', standby: '1s' },
    };
  }

  /** @returns the path of a file in the lab's folder that holds it. */
  file(name: string, content: unknown): string {
    const file = path.join(this.dir, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  }

  crossfade(...args: readonly string[]): Promise<Ended> {
    return ended(this.spawnCrossfade(args));
  }

  /** A command that serves until it is interrupted. */
  crossfadeRunning(...args: readonly string[]): Running {
    const child = this.spawnCrossfade(args);
    const end = ended(child);
    return {
      says: (words) => matchIn(child, words),
      interrupt: () => {
        child.kill('SIGINT');
        return end;
      },
    };
  }

  /** What a command says with `--json`. */
  async crossfadeJson<T>(...args: readonly string[]): Promise<T> {
    const { exitCode, stdout, stderr } = await this.crossfade(...args, '--json');
    if (exitCode !== 0) throw new Error(`crossfade ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Temporal's own command line. */
  temporal(...args: readonly string[]): Promise<Ended> {
    return ended(this.spawn(readTools().temporal, args));
  }

  /** Looks until the migration's status is the one wanted; by a client of our own, because a program for each look costs too much. */
  until(workload: string, what: string, reached: (status: StatusView) => boolean): Promise<StatusView> {
    return eventually(async () => {
      const status = await this.client.workflow.getHandle(migrationId(workload)).query<StatusView>(QUERIES.status);
      const seen = `${status.phase}, ${status.waitingFor}\n${status.decisions.join('\n')}`;
      if (!reached(status)) throw new Error(`waiting for ${what}: it is in ${seen}`);
      return status;
    }, REACHED_WITHIN_MS);
  }

  /** Weight of each target group on production's rule, by its name, as AWS says. */
  async weights(workload: string): Promise<Record<string, number>> {
    const elb = new ElasticLoadBalancingV2Client(userClientConfig(this.lab.info.aws));
    const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [this.workload(workload).ruleArn] }));
    const groups = Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
    return Object.fromEntries(groups.map(({ TargetGroupArn, Weight }) => [nameIn(TargetGroupArn), Weight ?? -1]));
  }

  private spawnCrossfade(args: readonly string[]): Child {
    return this.spawn(process.execPath, [path.join(ROOT, 'bin', 'crossfade.js'), ...args]);
  }

  private spawn(program: string, args: readonly string[]): Child {
    const child = spawn(program, args, {
      cwd: this.dir,
      env: { ...process.env, ...this.lab.info.env, CROSSFADE_LAB_DIR: this.dir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.add(child);
    child.on('close', () => this.children.delete(child));
    return child;
  }
}

function ended(child: Child): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        exitCode: code ?? -1,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    );
  });
}

function matchIn(child: Child, words: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const match = words.exec(text);
      if (match !== null) resolve(match);
    });
    child.on('close', () => reject(new Error(`it ended without saying ${words}: ${text}`)));
  });
}

/** `…:targetgroup/ranker-source/0123` → `ranker-source`. */
function nameIn(targetGroupArn: string | undefined): string {
  return targetGroupArn?.split('/')[1] ?? 'unnamed';
}
