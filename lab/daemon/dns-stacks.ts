/** Workloads whose two stacks only DNS can tell apart: each behind a load balancer of its own, at an address of its own, all on one port. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeInfo, Route53Client } from '@aws-sdk/client-route-53';
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  GetChangeCommand,
  GetHealthCheckStatusCommand,
} from '@aws-sdk/client-route-53';
import type { NewLoadBalancer } from '../data-plane/load-balancer';
import type { ModelSide } from '../fleet/server';
import type { DnsStack, DnsStacks, NetworkInfo } from '../info';
import type { ChildChannel } from '../rpc';
import { OVERSTAY_FACTOR } from '../traffic/dns-clients';
import type { LabAccount } from './account';
import { must } from './account';

export const ZONE_NAME = 'lab.internal';
/** Minutes on AWS; a demo has seconds. */
const TTL_SECONDS = 2;
const ADDRESSES: Readonly<Record<ModelSide, string>> = { source: '127.0.0.2', target: '127.0.0.3' };
const HEALTHY_MS_MAX = 20_000;

export class DnsAccount {
  private zone: Promise<string> | undefined;

  constructor(
    private readonly account: LabAccount,
    private readonly route53: Route53Client,
    private readonly dataPlane: ChildChannel,
    private readonly network: NetworkInfo,
  ) {}

  /**
   * Both stacks, all of the traffic on the source; resolves when both are healthy and the name servers know it.
   * @param front what answers for the source, a tap or the model server itself.
   */
  async stacks(name: string, recordName: string, front: URL): Promise<DnsStacks & { readonly port: number }> {
    const { vpcId } = this.network;
    const [sourceGroup, targetGroup] = await Promise.all([
      this.account.targetGroup(`${name}-source`, vpcId, [{ id: front.hostname, port: Number(front.port) }]),
      this.account.targetGroup(`${name}-target`, vpcId),
    ]);
    await this.account.fleet(name, 'target', this.network, [targetGroup]);
    const source = await this.account.loadBalancer(this.network, `${name}-source`, sourceGroup);
    const target = await this.account.loadBalancer(this.network, `${name}-target`, targetGroup);
    const made: NewLoadBalancer[] = [
      { ...source, address: ADDRESSES.source },
      { ...target, address: ADDRESSES.target },
    ];
    const port = await this.dataPlane.call<number>('addLoadBalancers', { made });
    await until(`the stacks of ${name} are healthy`, async () => {
      const healthy = [sourceGroup, targetGroup].map((arn) => this.account.isHealthy(arn));
      return (await Promise.all(healthy)).every(Boolean);
    });
    const stack = (side: ModelSide, loadBalancerArn: string, targetGroupArn: string): DnsStack => {
      return { setIdentifier: side, endpoint: `http://${ADDRESSES[side]}:${port}`, loadBalancerArn, targetGroupArn };
    };
    return {
      hostedZoneId: await this.records(recordName, port),
      recordName,
      overstaySeconds: OVERSTAY_FACTOR * TTL_SECONDS,
      source: stack('source', source.loadBalancerArn, sourceGroup),
      target: stack('target', target.loadBalancerArn, targetGroup),
      port,
    };
  }

  /** @returns the ID of the zone that has them. */
  private async records(recordName: string, port: number): Promise<string> {
    this.zone ??= this.createZone();
    const HostedZoneId = await this.zone;
    // A check's requests are counted by the load balancer that they pass, here as on AWS: with one of the source, nobody
    // could prove that the source receives nothing any more.
    const check = await this.healthCheck(recordName, 'target', port);
    const Changes = (['source', 'target'] as const).map((side) => ({
      Action: 'CREATE' as const,
      ResourceRecordSet: {
        Name: recordName,
        Type: 'A' as const,
        TTL: TTL_SECONDS,
        SetIdentifier: side,
        Weight: side === 'source' ? 100 : 0,
        ...(side === 'target' ? { HealthCheckId: check } : {}),
        ResourceRecords: [{ Value: ADDRESSES[side] }],
      },
    }));
    const { ChangeInfo } = await this.route53.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }),
    );
    await until(`the name servers know ${recordName}`, () => this.isInSync(ChangeInfo));
    await until(`health check ${check} of ${recordName} succeeds`, () => this.isGood(check));
    return HostedZoneId;
  }

  private async createZone(): Promise<string> {
    const command = new CreateHostedZoneCommand({ Name: ZONE_NAME, CallerReference: ZONE_NAME });
    const { HostedZone } = await this.route53.send(command);
    return must(HostedZone?.Id, 'hosted zone').replace('/hostedzone/', '');
  }

  private async healthCheck(recordName: string, side: ModelSide, Port: number): Promise<string> {
    const { HealthCheck } = await this.route53.send(
      new CreateHealthCheckCommand({
        CallerReference: `${recordName} ${side}`,
        HealthCheckConfig: {
          Type: 'HTTP',
          IPAddress: ADDRESSES[side],
          Port,
          ResourcePath: '/health',
          FullyQualifiedDomainName: recordName,
          RequestInterval: 10,
          FailureThreshold: 3,
        },
      }),
    );
    return must(HealthCheck?.Id, 'health check');
  }

  private async isInSync(change: ChangeInfo | undefined): Promise<boolean> {
    const { ChangeInfo } = await this.route53.send(new GetChangeCommand({ Id: change?.Id }));
    return ChangeInfo?.Status === 'INSYNC';
  }

  private async isGood(HealthCheckId: string): Promise<boolean> {
    const { HealthCheckObservations = [] } = await this.route53.send(
      new GetHealthCheckStatusCommand({ HealthCheckId }),
    );
    return HealthCheckObservations.some(({ StatusReport }) => StatusReport?.Status?.startsWith('Success'));
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + HEALTHY_MS_MAX;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`it did not come about in ${HEALTHY_MS_MAX / 1_000} s: ${what}`);
    await delay(100);
  }
}
