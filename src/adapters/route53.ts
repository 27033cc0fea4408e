/**
 * Weighted records of Route 53 as a TrafficRouter.
 *
 * 1. Only weights change, and one TXT record of ours beside them; no record of the workload is made or deleted.
 * 2. Decision and weights are one batch, and the batch is a compare-and-set: it deletes the decision that was read, by
 *    value. Whoever decided in between wins, and this write changes nothing (docs/decisions/0013).
 * 3. The decision is read before the records: what is compared is never newer than what is written back.
 * 4. Written by a client that never retries and gives up within WRITE_DEADLINE_MS. Decision, records, health and write end
 *    within 17 s, before the attempt's own 20 s are over.
 */
import type { ListResourceRecordSetsRequest, ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53';
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHealthCheckStatusCommand,
  ListResourceRecordSetsCommand,
} from '@aws-sdk/client-route-53';
import { MigrationError } from '../domain/errors';
import type { TargetHealth } from '../domain/evidence';
import type { RecordPlace } from '../domain/route';
import { normalRecordName, parseRecordArn } from '../domain/route';
import { formatShiftTag } from '../domain/weights';
import type {
  Pending,
  Receipt,
  RouteRef,
  RouteShare,
  RouteState,
  ShiftWrite,
  TrafficRouter,
} from '../ports/traffic-router';
import { awsCall, awsCodeOf } from './aws-errors';
import { missingAsUndefined } from './found';
import type { Decision, WeightedRecord } from './route53-records';
import {
  batchOf,
  decisionName,
  decisionOf,
  decisionRecord,
  factsOf,
  sharesOf,
  weightedRecords,
} from './route53-records';

const WRITE_DEADLINE_MS = 5_000;
const READ_DEADLINE_MS = 3_000;
/** A name has at most 100 weighted records of a type; without a limit the rest of the zone would come along. */
const PAGE_MAX = 100;

/** What a state was read from. */
interface Zone {
  readonly records: readonly WeightedRecord[];
  readonly decision: Decision | undefined;
}

export class Route53Router implements TrafficRouter {
  private readonly zones = new WeakMap<RouteState, Zone>();

  /** @param weightClient must have `maxAttempts: 1` (invariant 4). */
  constructor(
    private readonly client: Route53Client,
    private readonly weightClient: Route53Client,
  ) {}

  async readRoute(route: RouteRef, receipt?: Receipt): Promise<RouteState> {
    const place = placeOf(route);
    const [{ named, records, decision }, change] = await Promise.all([
      this.readZone(place),
      receipt === undefined ? undefined : this.readChange(receipt),
    ]);
    const pending = change?.isInEffect === true || decision === undefined ? undefined : pendingOf(change?.why);
    const state: RouteState = {
      shares: sharesOf(records),
      stickinessEnabled: false,
      shift: decision?.shift,
      ...(pending === undefined ? {} : { pending }),
      record: factsOf(records, named, place),
    };
    this.zones.set(state, { records, decision });
    return state;
  }

  async applyShift(route: RouteRef, { shift, shares, workload, read }: ShiftWrite): Promise<Receipt> {
    const place = placeOf(route);
    return this.change(place, await this.zoneOf(place, read), decisionRecord(place, shift, workload), shares);
  }

  async writeShares(route: RouteRef, shares: readonly RouteShare[], read: RouteState): Promise<void> {
    const place = placeOf(route);
    const zone = await this.zoneOf(place, read);
    await this.change(place, zone, zone.decision?.record, shares);
  }

  async clearTags(route: RouteRef): Promise<void> {
    const place = placeOf(route);
    const decision = await this.readDecision(place);
    if (decision !== undefined) await this.change(place, { records: [], decision }, undefined, []);
  }

  /**
   * One record is one backend. A record without a health check is healthy: so Route 53 itself takes it.
   * @throws AwsRejected for a health check whose status cannot be asked for (a calculated one).
   */
  async readHealth(route: RouteRef, backend: string): Promise<TargetHealth> {
    const place = placeOf(route);
    const records = weightedRecords(await this.listNamed(place.hostedZoneId, place.recordName), place);
    const record = records.find(({ SetIdentifier }) => SetIdentifier === backend);
    if (record === undefined)
      throw new MigrationError('NotFound', `${route.arn} has no record with set identifier ${backend}`);
    if (record.HealthCheckId === undefined) return { healthyCount: 1, registeredCount: 1 };
    return { healthyCount: (await this.isHealthy(record.HealthCheckId)) ? 1 : 0, registeredCount: 1 };
  }

  /** By the majority of the checkers. None that reports is not healthy. */
  private async isHealthy(HealthCheckId: string): Promise<boolean> {
    const reply = await this.read('GetHealthCheckStatus', HealthCheckId, (abortSignal) =>
      this.client.send(new GetHealthCheckStatusCommand({ HealthCheckId }), { abortSignal }),
    );
    const reports = (reply.HealthCheckObservations ?? []).map(({ StatusReport }) => StatusReport?.Status ?? '');
    const good = reports.filter((status) => status.startsWith('Success'));
    return good.length * 2 > reports.length;
  }

  private async change(
    place: RecordPlace,
    { records, decision }: Zone,
    after: ResourceRecordSet | undefined,
    shares: readonly RouteShare[],
  ): Promise<Receipt> {
    const Changes = batchOf(decision?.record, after, records, shares);
    const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: place.hostedZoneId, ChangeBatch: { Changes } });
    try {
      const { ChangeInfo } = await awsCall(
        'route53:ChangeResourceRecordSets',
        `${place.recordName} in zone ${place.hostedZoneId}`,
        (abortSignal) => this.weightClient.send(command, { abortSignal }),
        { deadlineMs: WRITE_DEADLINE_MS },
      );
      return ChangeInfo?.Id ?? '';
    } catch (error) {
      if (awsCodeOf(error) !== 'InvalidChangeBatch') throw error;
      throw await this.whyRefused(place, decision, error);
    }
  }

  /** The same code says that another decision stands by now, and that the batch itself is wrong. */
  private async whyRefused(place: RecordPlace, before: Decision | undefined, refusal: unknown): Promise<unknown> {
    const now = await this.readDecision(place);
    const [was, is] = [textOf(before), textOf(now)];
    if (was === is) return refusal;
    return new MigrationError(
      'DecisionRaced',
      `${decisionName(place)} says ${is} by now, and said ${was} when it was read (generation/source/target)`,
      { cause: refusal },
    );
  }

  private async zoneOf(place: RecordPlace, read: RouteState): Promise<Zone> {
    return this.zones.get(read) ?? (await this.readZone(place));
  }

  /** Invariant 3. */
  private async readZone(place: RecordPlace): Promise<Zone & { named: readonly ResourceRecordSet[] }> {
    const decision = await this.readDecision(place);
    const named = await this.listNamed(place.hostedZoneId, place.recordName);
    return { decision, named, records: weightedRecords(named, place) };
  }

  private async readDecision(place: RecordPlace): Promise<Decision | undefined> {
    return decisionOf(await this.listNamed(place.hostedZoneId, decisionName(place)), place);
  }

  /** Every record of one name, of whatever type; the zone lists them beside each other. */
  private async listNamed(HostedZoneId: string, name: string): Promise<ResourceRecordSet[]> {
    const found: ResourceRecordSet[] = [];
    let next: ListResourceRecordSetsRequest | undefined = { HostedZoneId, StartRecordName: name, MaxItems: PAGE_MAX };
    while (next !== undefined) {
      const command: ListResourceRecordSetsCommand = new ListResourceRecordSetsCommand(next);
      const page = await this.read('ListResourceRecordSets', `${name} in zone ${HostedZoneId}`, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      );
      found.push(...(page.ResourceRecordSets ?? []));
      const isMore = page.IsTruncated === true && normalRecordName(page.NextRecordName ?? '') === name;
      next = isMore
        ? {
            HostedZoneId,
            MaxItems: PAGE_MAX,
            StartRecordName: page.NextRecordName,
            StartRecordType: page.NextRecordType,
            StartRecordIdentifier: page.NextRecordIdentifier,
          }
        : undefined;
    }
    return found.filter(({ Name = '' }) => normalRecordName(Name) === name);
  }

  private async readChange(receipt: Receipt): Promise<{ isInEffect: boolean; why: string } | undefined> {
    const reply = await missingAsUndefined(
      this.read('GetChange', receipt, (abortSignal) =>
        this.client.send(new GetChangeCommand({ Id: receipt }), { abortSignal }),
      ),
    );
    const status = reply?.ChangeInfo?.Status;
    if (status === undefined) return undefined;
    return { isInEffect: status === 'INSYNC', why: `change ${receipt} is ${status}` };
  }

  private read<T>(action: string, resource: string, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return awsCall(`route53:${action}`, resource, send, { deadlineMs: READ_DEADLINE_MS });
  }
}

/** @param why undefined: no receipt, or one that Route 53 does not know any more. */
function pendingOf(why: string | undefined): Pending {
  if (why !== undefined) return { why, isReceiptMissing: false };
  return { why: 'it is not known whether every name server has it', isReceiptMissing: true };
}

const textOf = (decision: Decision | undefined): string =>
  decision === undefined ? 'nothing' : formatShiftTag(decision.shift);

function placeOf({ arn }: RouteRef): RecordPlace {
  const place = parseRecordArn(arn);
  if (place === undefined) throw new MigrationError('AwsRejected', `${arn} names no records of a hosted zone`);
  return place;
}
