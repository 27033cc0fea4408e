/**
 * The production variants of a SageMaker endpoint as a TrafficRouter.
 *
 * 1. Weights change, our tags, and the instances of a variant that is to carry again what it carried before; never the
 *    endpoint's configuration, which says what variants there are.
 * 2. While SageMaker carries a change out, what it was asked for is what stands, and it is pending. Otherwise only
 *    CurrentWeight counts: an endpoint may come back into service without having done what it was asked for.
 * 3. No variant is given more than it has shown it can serve: how many instances it took to carry everything is noted on
 *    the endpoint, and a variant whose weight rises gets no fewer. A call takes the count of one variant.
 * 4. SageMaker takes one change at a time. A refusal because of that is AwsUnavailable, so it is tried until it gets
 *    through; the decision is on the endpoint before.
 * 5. Written by a client that never retries and gives up within WRITE_DEADLINE_MS: endpoint, health and three writes end
 *    within 18 s, before the attempt's own 20 s are over.
 */
import type { DesiredWeightAndCapacity, SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  AddTagsCommand,
  DeleteTagsCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { MigrationError } from '../domain/errors';
import type { TargetHealth } from '../domain/evidence';
import { TAG_CLAIM, TAG_INSTANCES, TAG_SHIFT } from '../domain/resources';
import { formatShiftTag } from '../domain/weights';
import type { EndpointState } from '../ports/model-hosting';
import type { RouteRef, RouteShare, RouteState, ShiftWrite, TrafficRouter } from '../ports/traffic-router';
import { awsCall, awsCodeOf } from './aws-errors';
import { tagList } from './aws-tags';
import { fullCounts, isServing, isUnderWay, routeStateOf, weightsFor } from './sagemaker-route';
import { isInvalid, SageMakerReads, unlessMissing } from './sagemaker-reads';
import { readShift } from './shift-tag';

const WRITE_DEADLINE_MS = 4_000;
const READ_DEADLINE_MS = 3_000;

/** What a state was read from. */
interface Reading {
  readonly endpoint: EndpointState;
  readonly tags: Readonly<Record<string, string>>;
}

export class SageMakerRouter implements TrafficRouter {
  private readonly reads: SageMakerReads;
  private readonly readings = new WeakMap<RouteState, Reading>();

  /** @param weightClient must have `maxAttempts: 1` (invariant 5). */
  constructor(
    private readonly client: SageMakerClient,
    private readonly weightClient: SageMakerClient,
  ) {
    this.reads = new SageMakerReads(client, { deadlineMs: READ_DEADLINE_MS });
  }

  async readRoute(route: RouteRef): Promise<RouteState> {
    const reading = await this.read(route);
    const state = routeStateOf(reading.endpoint, readShift(reading.tags, route.arn));
    this.readings.set(state, reading);
    return state;
  }

  /** Two calls: whoever finds the tag knows what was wanted, whether or not the weights followed. */
  async applyShift(route: RouteRef, { shift, shares, workload, read }: ShiftWrite): Promise<undefined> {
    const reading = await this.readingOf(route, read);
    // Idempotent, but a late repetition would put an older generation back, so this too is a weight write.
    const tags = { [TAG_SHIFT]: formatShiftTag(shift), [TAG_CLAIM]: workload, ...fullCounts(reading.endpoint) };
    const command = new AddTagsCommand({ ResourceArn: route.arn, Tags: tagList(tags) });
    await this.write('AddTags', route, (abortSignal) => this.weightClient.send(command, { abortSignal }));
    await this.update(route, shares, reading);
  }

  async writeShares(route: RouteRef, shares: readonly RouteShare[], read: RouteState): Promise<void> {
    await this.update(route, shares, await this.readingOf(route, read));
  }

  async clearTags(route: RouteRef): Promise<void> {
    const tags = (await this.reads.tags(route.arn)) ?? {};
    const ours = [TAG_SHIFT, TAG_CLAIM, ...Object.keys(tags).filter((key) => key.startsWith(TAG_INSTANCES))];
    const command = new DeleteTagsCommand({ ResourceArn: route.arn, TagKeys: ours });
    await unlessMissing(
      awsCall('sagemaker:DeleteTags', route.arn, (abortSignal) => this.client.send(command, { abortSignal })),
    );
  }

  /** Instances in service; a variant without instances to count is one that is healthy. */
  async readHealth(route: RouteRef, backend: string): Promise<TargetHealth> {
    const endpoint = await this.describe(route);
    const { variants, shadows = [] } = endpoint;
    const variant = [...variants, ...shadows].find(({ name }) => name === backend);
    if (variant === undefined) throw new MigrationError('NotFound', `${route.arn} has no variant ${backend}`);
    const [current, wanted] = variant.isServerless
      ? [1, 1]
      : [variant.currentInstanceCount, variant.desiredInstanceCount];
    return { healthyCount: isServing(endpoint) ? current : 0, registeredCount: Math.max(current, wanted) };
  }

  private async update(route: RouteRef, shares: readonly RouteShare[], { endpoint, tags }: Reading): Promise<void> {
    const wanted = weightsFor(endpoint, shares, tags);
    try {
      await this.updateEndpoint(route, wanted);
    } catch (error) {
      // The traffic is worth more than the instances: what carried all of it before may carry it again.
      if (awsCodeOf(error) !== 'ResourceLimitExceeded') throw error;
      const weights = wanted.map(({ DesiredInstanceCount: _count, ...weight }) => weight);
      await this.updateEndpoint(route, weights);
    }
  }

  private async updateEndpoint(route: RouteRef, wanted: DesiredWeightAndCapacity[]): Promise<void> {
    const command = new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: nameOf(route),
      DesiredWeightsAndCapacities: wanted,
    });
    try {
      await this.write('UpdateEndpointWeightsAndCapacities', route, (abortSignal) =>
        this.weightClient.send(command, { abortSignal }),
      );
    } catch (error) {
      throw await this.whyRefused(route, error);
    }
  }

  /** Invariant 4. The words are known; in case SageMaker changes them, its status is looked at as well. */
  private async whyRefused(route: RouteRef, refusal: unknown): Promise<unknown> {
    if (!(refusal instanceof MigrationError && refusal.code === 'AwsRejected')) return refusal;
    const now = await this.reads.endpoint(nameOf(route)).catch(() => undefined);
    const isBusy = isInvalid(refusal, 'Cannot update in-progress endpoint');
    if (!isBusy && !(now !== undefined && isUnderWay(now))) return refusal;
    return new MigrationError(
      'AwsUnavailable',
      `${route.arn} takes no weights while another change is carried out (it is ${now?.status ?? 'being changed'})`,
      { cause: refusal },
    );
  }

  private async readingOf(route: RouteRef, read: RouteState): Promise<Reading> {
    return this.readings.get(read) ?? (await this.read(route));
  }

  private async read(route: RouteRef): Promise<Reading> {
    const described = this.describe(route);
    // Side by side where the ARN is known: a rollback waits for both.
    const tagged = route.arn.startsWith('arn:')
      ? this.reads.tags(route.arn)
      : described.then(({ arn }) => this.reads.tags(arn));
    const [endpoint, tags] = await Promise.all([described, tagged]);
    return { endpoint, tags: tags ?? {} };
  }

  private async describe(route: RouteRef): Promise<EndpointState> {
    const endpoint = await this.reads.endpoint(nameOf(route));
    if (endpoint === undefined) throw new MigrationError('NotFound', `there is no endpoint ${nameOf(route)}`);
    return endpoint;
  }

  private write<T>(action: string, route: RouteRef, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return awsCall(`sagemaker:${action}`, route.arn, send, { deadlineMs: WRITE_DEADLINE_MS });
  }
}

function nameOf({ arn, endpointName }: RouteRef): string {
  return endpointName ?? arn.slice(arn.lastIndexOf('/') + 1);
}
