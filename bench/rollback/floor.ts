/** The floor of a rollback: bare signal → no-op activity, and the calls that the protocol needs, bare and in sequence. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  AddTagsCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Lab } from '../../lab';
import { labAwsEnv } from '../../lab/aws-env';
import { FLOOR_QUEUE } from './floor-worker';

/** Nobody asks while it is measured: a query is work for the server. */
export const QUIET_MS = 300;

export function elbOf(lab: Lab): ElasticLoadBalancingV2Client {
  const env = labAwsEnv(lab.info.aws);
  return new ElasticLoadBalancingV2Client({
    endpoint: lab.info.aws,
    region: lab.info.region,
    credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '' },
  });
}

export class Floor {
  private laps = 0;

  private constructor(
    private readonly handle: WorkflowHandle,
    private readonly elb: ElasticLoadBalancingV2Client,
    private readonly stopWorker: () => Promise<void>,
  ) {}

  static async begin(lab: Lab, client: Client, laps: number): Promise<Floor> {
    const worker = fork(path.join(__dirname, 'floor-worker.js'), {
      env: { ...process.env, TEMPORAL_ADDRESS: lab.info.temporal },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const gone = once(worker, 'exit');
    await Promise.race([
      once(worker, 'message'),
      gone.then(() => Promise.reject(new Error('the floor has no worker'))),
    ]);
    const handle = await client.workflow.start('floor', {
      taskQueue: FLOOR_QUEUE,
      workflowId: 'bench/floor',
      args: [laps],
    });
    return new Floor(handle, elbOf(lab), async () => {
      if (worker.connected) worker.disconnect();
      await gone;
    });
  }

  /** From the signal until the workflow knows that its activity has ended. Unit: milliseconds. */
  async signalMs(): Promise<number> {
    const lap = this.laps++;
    const sentAt = Date.now();
    await this.handle.signal('go');
    for (;;) {
      await delay(QUIET_MS);
      const endedAt = (await this.handle.query<number[]>('endedAt'))[lap];
      if (endedAt !== undefined) return endedAt - sentAt;
    }
  }

  /** Two DescribeRules, DescribeTags, AddTags, ModifyRule: writes back what it reads. Unit: milliseconds. */
  async callsMs(ruleArn: string): Promise<number> {
    const mark: Tag = { Key: 'bench', Value: 'floor' };
    const startedAt = performance.now();
    const before = await this.elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
    await this.elb.send(new DescribeTagsCommand({ ResourceArns: [ruleArn] }));
    await this.elb.send(new AddTagsCommand({ ResourceArns: [ruleArn], Tags: [mark] }));
    const actions = (before.Rules?.[0]?.Actions ?? []).map(({ TargetGroupArn: _simple, ...action }) => action);
    await this.elb.send(new ModifyRuleCommand({ RuleArn: ruleArn, Actions: actions }));
    await this.elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
    return performance.now() - startedAt;
  }

  async end(): Promise<void> {
    await this.handle.terminate('the bench is over');
    await this.stopWorker();
  }
}
