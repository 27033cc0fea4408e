/**
 * Route 53 as the gateway answers it. moto keeps hosted zones and health checks; of records it takes a set identifier for
 * unique in the whole zone, and a batch for a list: they are kept here.
 */
import type {
  ChangeBatch,
  GetChangeRequest,
  GetHealthCheckStatusRequest,
  HealthCheckConfig,
  ListResourceRecordSetsRequest,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { GetHostedZoneCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import type { ZoneView } from '../../dns/resolution';
import { seededRandom } from '../../seeded';
import { AwsError } from '../answer';
import type { Answer } from '../answer';
import { ServiceModel } from '../botocore';
import type { AwsRequest } from '../request';
import { RestXml } from '../rest-xml';
import { HealthChecks, refuseUnknownChecks } from './health-checks';
import { pageOf } from './records';
import { Zones } from './zones';

export interface Route53Options {
  /** botocore's `data` folder. */
  readonly botocoreData: string;
  /** Past the gateway. */
  readonly moto: Route53Client;
  /** Called with all weights, by name and set identifier, after each change that was asked for. */
  readonly onWeights?: (weights: Record<string, Record<string, number>>) => void;
  /** Unit: epoch milliseconds. */
  readonly nowMs?: () => number;
}

type Input = Record<string, unknown>;

const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/';
const PAGE_MAX = 300;
/** Every zone has these, and is empty without others. */
const OWN_TYPES = ['NS', 'SOA'];

export class Route53 {
  private readonly zones: Zones;
  private readonly checks: HealthChecks;
  private readonly moto: Route53Client;
  private readonly random = seededRandom(53);
  private loaded: RestXml | undefined;

  constructor(private readonly options: Route53Options) {
    this.moto = options.moto;
    this.zones = new Zones(options.nowMs ?? Date.now);
    this.checks = new HealthChecks(this.moto);
    this.checks.start();
  }

  /** What a request asks for stands in its path. */
  named(request: AwsRequest): AwsRequest {
    if (request.service !== 'route53') return request;
    return { ...request, operation: this.protocol().operationOf(request) ?? request.operation };
  }

  /** Undefined: moto answers, once AWS's own model has found nothing wrong. Throws AwsError for what AWS would refuse. */
  async answer(request: AwsRequest): Promise<Answer | undefined> {
    const { operation } = request;
    const protocol = this.protocol();
    if (request.service !== 'route53' || !protocol.model.hasOperation(operation)) return undefined;
    const input = protocol.decode(request);
    const problems = protocol.model.validate(operation, input);
    if (problems.length > 0)
      throw new AwsError('InvalidInput', problems.map(({ path, message }) => `'${path}': ${message}`).join('; '));
    const output = await this.output(operation, input);
    return output === undefined ? undefined : protocol.answer(operation, output);
  }

  /** To be called when the answer is known. */
  async after({ service, operation }: AwsRequest): Promise<void> {
    if (service === 'route53' && operation === 'ChangeResourceRecordSets')
      this.options.onWeights?.(this.zones.weights());
    if (service === 'route53' && /^(Create|Update|Delete)HealthCheck$/.test(operation)) await this.checks.refresh();
  }

  /** What the name servers know now. */
  view(): ZoneView {
    return { zones: this.zones.served(), isHealthy: (id) => this.checks.isHealthy(id), random: this.random };
  }

  setPendingMs(ms: number): void {
    this.zones.pendingMs = ms;
  }

  stop(): void {
    this.checks.stop();
    this.moto.destroy();
  }

  private async output(operation: string, input: Input): Promise<Input | undefined> {
    switch (operation) {
      case 'ChangeResourceRecordSets':
        return this.change(input as unknown as { HostedZoneId: string; ChangeBatch: ChangeBatch });
      case 'ListResourceRecordSets':
        return this.list(input as unknown as ListResourceRecordSetsRequest);
      case 'GetChange':
        return { ChangeInfo: this.zones.changeInfo(String((input as unknown as GetChangeRequest).Id)) };
      case 'DeleteHostedZone':
        await this.refuseFullZone(String(input['Id']));
        return undefined;
      case 'CreateHealthCheck':
        refuseUnknownChecks(input['HealthCheckConfig'] as HealthCheckConfig);
        return undefined;
      case 'GetHealthCheckStatus': {
        const { HealthCheckId } = input as unknown as GetHealthCheckStatusRequest;
        return { HealthCheckObservations: await this.checks.observations(String(HealthCheckId)) };
      }
      default:
        return undefined;
    }
  }

  private async change(input: { HostedZoneId: string; ChangeBatch: ChangeBatch }): Promise<Input | undefined> {
    if (!(await this.knows(input.HostedZoneId))) return undefined;
    const { Changes = [], Comment } = input.ChangeBatch;
    for (const { ResourceRecordSet } of Changes) {
      const id = ResourceRecordSet?.HealthCheckId;
      if (id !== undefined && !this.checks.has(id))
        throw new AwsError('NoSuchHealthCheck', `A health check with id ${id} does not exist.`, 404);
    }
    return { ChangeInfo: this.zones.change(input.HostedZoneId, Changes, Comment) };
  }

  private async list(input: ListResourceRecordSetsRequest): Promise<Input | undefined> {
    const id = String(input.HostedZoneId);
    if (!(await this.knows(id))) return undefined;
    const { StartRecordName: name, StartRecordType: type, StartRecordIdentifier: identifier } = input;
    if (type !== undefined && name === undefined) throw new AwsError('InvalidInput', 'The input is not valid');
    const start = {
      ...(name === undefined ? {} : { name }),
      ...(type === undefined ? {} : { type }),
      ...(identifier === undefined ? {} : { identifier }),
    };
    const itemsMax = Math.min(Number(input.MaxItems ?? PAGE_MAX), PAGE_MAX);
    const { page, next } = pageOf(this.zones.records(id), start, itemsMax);
    return {
      ResourceRecordSets: page,
      IsTruncated: next !== undefined,
      MaxItems: String(itemsMax),
      ...(next === undefined
        ? {}
        : { NextRecordName: next.Name, NextRecordType: next.Type, NextRecordIdentifier: next.SetIdentifier }),
    };
  }

  private async refuseFullZone(id: string): Promise<void> {
    if (!(await this.knows(id))) return;
    if (this.zones.records(id).some(({ Type }) => !OWN_TYPES.includes(Type ?? '')))
      throw new AwsError(
        'HostedZoneNotEmpty',
        'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
      );
    this.zones.remove(id);
  }

  /** @returns false for a zone that moto does not have either: it says so in AWS's words. */
  private async knows(id: string): Promise<boolean> {
    if (this.zones.has(id)) return true;
    try {
      const { HostedZone } = await this.moto.send(new GetHostedZoneCommand({ Id: id }));
      const { ResourceRecordSets = [] } = await this.moto.send(new ListResourceRecordSetsCommand({ HostedZoneId: id }));
      // Another request may have read it, and changed it, in the meantime.
      if (!this.zones.has(id)) this.zones.add(id, HostedZone?.Name ?? '', ResourceRecordSets);
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchHostedZone') return false;
      throw error;
    }
  }

  /** Half a megabyte that most labs never ask for. */
  private protocol(): RestXml {
    return (this.loaded ??= new RestXml(ServiceModel.load(this.options.botocoreData, 'route53'), NAMESPACE));
  }
}
