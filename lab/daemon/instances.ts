/**
 * Keeps the fleet in step with the Auto Scaling groups: an instance that moto "launches" becomes a model server,
 * one that it terminates is deregistered (moto does not), drained and stopped.
 */
import { AutoScalingClient, paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { DescribeLaunchTemplateVersionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DeregisterTargetsCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { setTimeout as delay } from 'node:timers/promises';
import { internalClientConfig, userClientConfig } from '../aws-env';
import type { ModelSide } from '../fleet/server';
import { workloadByName } from './containers';

const POLL_MS = 500;
/** From launch to a listening server. Unit: milliseconds. */
const LAUNCH_DELAY_MS = 1_000;
/** Longer than the data plane's drain, so nothing is in flight when the server goes. */
const STOP_DELAY_MS = 3_000;

export interface LaunchedInstance {
  readonly instanceId: string;
  readonly workload: string;
  readonly side: ModelSide;
  /** Of its launch template; empty when there is none. */
  readonly userData: string;
}

export interface FleetPort {
  start(launched: LaunchedInstance): Promise<string>;
  stop(instanceId: string): Promise<void>;
  /** Called whenever the map of listening instances changed. */
  publish(addresses: ReadonlyMap<string, string>): Promise<void>;
}

interface KnownInstance {
  readonly targetGroupArns: readonly string[];
}

export class InstanceWatcher {
  private readonly autoScaling: AutoScalingClient;
  private readonly ec2: EC2Client;
  private readonly elb: ElasticLoadBalancingV2Client;
  private readonly known = new Map<string, KnownInstance>();
  private readonly addresses = new Map<string, string>();
  private polling: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    endpoint: string,
    private readonly fleet: FleetPort,
    /** Workloads of this lab: a group belongs to the one in its tag, else to the one whose name begins its own. */
    private readonly workloads: () => readonly string[],
  ) {
    this.autoScaling = new AutoScalingClient(internalClientConfig(endpoint));
    this.ec2 = new EC2Client(internalClientConfig(endpoint));
    // Deregistering goes the user's way, so that the data plane hears of it at once.
    this.elb = new ElasticLoadBalancingV2Client(userClientConfig(endpoint));
  }

  start(): void {
    this.timer = setInterval(() => void this.poll(), POLL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  addressOf(instanceId: string): string | undefined {
    return this.addresses.get(instanceId);
  }

  /** Looks once more; never two looks at a time. */
  poll(): Promise<void> {
    this.polling = this.polling.then(() => this.look()).catch((error: unknown) => console.error('instances:', error));
    return this.polling;
  }

  private async look(): Promise<void> {
    const groups: AutoScalingGroup[] = [];
    for await (const page of paginateDescribeAutoScalingGroups({ client: this.autoScaling }, {}))
      groups.push(...(page.AutoScalingGroups ?? []));
    const alive = new Set<string>();
    for (const group of groups) {
      for (const { InstanceId = '' } of group.Instances ?? []) {
        alive.add(InstanceId);
        this.meet(InstanceId, group);
      }
    }
    for (const instanceId of [...this.known.keys()]) if (!alive.has(instanceId)) this.part(instanceId);
  }

  private meet(instanceId: string, group: AutoScalingGroup): void {
    const isNew = !this.known.has(instanceId);
    this.known.set(instanceId, { targetGroupArns: group.TargetGroupARNs ?? [] });
    const workload = this.workloadOf(group);
    if (!isNew || workload === undefined) return;
    const side = group.AutoScalingGroupName === `${workload}-source` ? 'source' : 'target';
    void this.launch(instanceId, workload, side, group).catch((error: unknown) => console.error('launch:', error));
  }

  private async launch(instanceId: string, workload: string, side: ModelSide, group: AutoScalingGroup): Promise<void> {
    const userData = await this.userDataOf(group);
    // The source runs already when the lab comes up; only new instances take their time.
    if (side === 'target') await delay(LAUNCH_DELAY_MS);
    if (!this.known.has(instanceId)) return;
    this.addresses.set(instanceId, await this.fleet.start({ instanceId, workload, side, userData }));
    await this.fleet.publish(this.addresses);
  }

  private async userDataOf({ LaunchTemplate }: AutoScalingGroup): Promise<string> {
    if (LaunchTemplate?.LaunchTemplateId === undefined) return '';
    const { LaunchTemplateVersions = [] } = await this.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateId: LaunchTemplate.LaunchTemplateId,
        Versions: ['$Latest'],
      }),
    );
    return Buffer.from(LaunchTemplateVersions[0]?.LaunchTemplateData?.UserData ?? '', 'base64').toString('utf8');
  }

  private part(instanceId: string): void {
    const arns = this.known.get(instanceId)?.targetGroupArns ?? [];
    this.known.delete(instanceId);
    void this.terminate(instanceId, arns).catch((error: unknown) => console.error('terminate:', error));
  }

  private async terminate(instanceId: string, targetGroupArns: readonly string[]): Promise<void> {
    for (const arn of targetGroupArns) {
      // The group may be deleted by now, which deregisters as well.
      await this.elb
        .send(new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id: instanceId }] }))
        .catch(() => undefined);
    }
    await delay(STOP_DELAY_MS);
    this.addresses.delete(instanceId);
    await this.fleet.stop(instanceId);
    await this.fleet.publish(this.addresses);
  }

  private workloadOf(group: AutoScalingGroup): string | undefined {
    const tag = group.Tags?.find(({ Key }) => Key === 'crossfade:workload')?.Value;
    return tag ?? workloadByName(group.AutoScalingGroupName ?? '', this.workloads());
  }
}
