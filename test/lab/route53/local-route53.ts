/** Route 53 behind a port, as the gateway serves it, with moto behind it, a name server in front, and a clock that the test moves. */
import dns from 'node:dns/promises';
import http from 'node:http';
import type { Change, ChangeInfo, ResourceRecordSet } from '@aws-sdk/client-route-53';
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  GetChangeCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { userClientConfig } from '../../../lab/aws-env';
import { NameServer } from '../../../lab/dns/name-server';
import { AwsError, errorAnswer, sendAnswer } from '../../../lab/gateway/answer';
import { identify, signerOf } from '../../../lab/gateway/request';
import { Route53 } from '../../../lab/gateway/route53';
import { forwardBuffered } from '../../../lab/gateway/upstream';
import { LOOPBACK, listenOnFreePort, readBody } from '../../../lab/loopback';
import { readTools } from '../../../lab/tools';
import { Moto } from '../../support/moto';

export const ZONE = 'example.com';

export class LocalRoute53 {
  nowMs = 1_000_000;
  client!: Route53Client;
  zoneId!: string;
  private route53!: Route53;
  private nameServer!: NameServer;
  private readonly resolver = new dns.Resolver({ timeout: 2_000, tries: 1 });
  private moto!: Moto;
  private readonly server = http.createServer((incoming, response) => void this.serve(incoming, response));

  async start(): Promise<void> {
    this.moto = await Moto.start();
    const moto = new Route53Client(userClientConfig(this.moto.url));
    this.route53 = new Route53({ botocoreData: readTools().botocoreData, moto, nowMs: () => this.nowMs });
    this.nameServer = new NameServer(() => this.route53.view());
    this.resolver.setServers([await this.nameServer.start()]);
    const url = `http://${LOOPBACK}:${await listenOnFreePort(this.server)}`;
    this.client = new Route53Client({ ...userClientConfig(url), maxAttempts: 1 });
    const made = await this.client.send(new CreateHostedZoneCommand({ Name: ZONE, CallerReference: 'test' }));
    this.zoneId = (made.HostedZone?.Id ?? '').replace('/hostedzone/', '');
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.route53.stop();
    await this.nameServer.stop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.moto.stop();
  }

  async change(...changes: Change[]): Promise<ChangeInfo> {
    const { ChangeInfo } = await this.client.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId: this.zoneId, ChangeBatch: { Changes: changes } }),
    );
    return ChangeInfo as ChangeInfo;
  }

  /** As `change`, and on every name server when it resolves. */
  async changeNow(...changes: Change[]): Promise<void> {
    await this.change(...changes);
    this.nowMs += 500;
  }

  async status({ Id }: ChangeInfo): Promise<string | undefined> {
    return (await this.client.send(new GetChangeCommand({ Id }))).ChangeInfo?.Status;
  }

  /** @returns the ID of a check of `GET /health` at that port. */
  async check(port: number): Promise<string> {
    const HealthCheckConfig = {
      Type: 'HTTP',
      IPAddress: LOOPBACK,
      Port: port,
      ResourcePath: '/health',
      FailureThreshold: 1,
    } as const;
    const made = await this.client.send(
      new CreateHealthCheckCommand({ CallerReference: `${port}`, HealthCheckConfig }),
    );
    return made.HealthCheck?.Id ?? '';
  }

  ask(name: string): Promise<{ address: string; ttl: number }[]> {
    return this.resolver.resolve4(name, { ttl: true });
  }

  askText(name: string): Promise<string[][]> {
    return this.resolver.resolveTxt(name);
  }

  /** How often each address was the answer. */
  async draw(name: string, times: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let turn = 0; turn < times; turn += 1)
      for (const { address } of await this.ask(name)) counts[address] = (counts[address] ?? 0) + 1;
    return counts;
  }

  private async serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const request = this.route53.named(identify(incoming, signerOf(incoming), await readBody(incoming)));
    try {
      const answer = (await this.route53.answer(request)) ?? (await forwardBuffered(request, this.moto.url));
      await this.route53.after(request);
      sendAnswer(response, answer);
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
      sendAnswer(response, errorAnswer(request, known));
    }
  }
}

export function weighted(SetIdentifier: string, Weight: number, address: string, more = {}): ResourceRecordSet {
  const ResourceRecords = [{ Value: address }];
  return { Name: `api.${ZONE}`, Type: 'A', TTL: 2, SetIdentifier, Weight, ResourceRecords, ...more };
}

export const upsert = (record: ResourceRecordSet): Change => ({ Action: 'UPSERT', ResourceRecordSet: record });
