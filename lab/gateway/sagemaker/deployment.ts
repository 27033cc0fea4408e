/**
 * What happens to an endpoint after the API has answered: containers start, are pinged, take over, stop.
 * 1. One change at a time: whoever begins one has seen the endpoint in a settled state, and has left it by setting the next.
 * 2. The old fleet serves until the new one is healthy, and goes on serving when it is not.
 * 3. An endpoint that leaves a transient state has a new `modifiedAt`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { EndpointStatus } from '@aws-sdk/client-sagemaker';
import { exchange } from '../../loopback';
import { variantsOf } from './account';
import type { Endpoint, Fleet, SageMakerAccount, Server, Variant } from './account';
import type { Containers } from './containers';
import type { SageMakerFaults } from './faults';

/** How long an endpoint stays in each transient state at least. Unit: milliseconds. */
export interface Delays {
  readonly creatingMs: number;
  readonly updatingMs: number;
  readonly rollingBackMs: number;
  readonly systemUpdatingMs: number;
  readonly deletingMs: number;
  /** From the first ping until a container that has not answered is given up. AWS's is minutes. */
  readonly healthCheckMs: number;
}

export const DEFAULT_DELAYS: Delays = {
  creatingMs: 1_000,
  updatingMs: 1_000,
  rollingBackMs: 1_000,
  systemUpdatingMs: 1_000,
  deletingMs: 500,
  healthCheckMs: 2_000,
};

const PING_EVERY_MS = 50;
/** From the last request that a container may get until it is stopped: what is on its way still arrives. */
const DRAIN_MS = 300;
const PING_TIMEOUT_MS = 2_000;

export class Deployments {
  delays: Delays;

  constructor(
    private readonly account: SageMakerAccount,
    private readonly containers: Containers,
    private readonly faults: SageMakerFaults,
    delays: Partial<Delays>,
  ) {
    this.delays = { ...DEFAULT_DELAYS, ...delays };
  }

  async create(endpoint: Endpoint): Promise<void> {
    const variants = variantsOf(endpoint.fleet);
    const sick = await this.bringUp(endpoint, variants, this.delays.creatingMs);
    if (sick === undefined) {
      variants.forEach(arrive);
      settle(endpoint, 'InService');
      return;
    }
    await this.stopServers(variants);
    settle(endpoint, 'Failed', pingFailure(sick));
  }

  /** A new fleet beside the old one; the traffic moves at once when it is healthy. */
  async replace(endpoint: Endpoint, next: Fleet): Promise<void> {
    begin(endpoint, 'Updating');
    endpoint.pending = { fleet: next, startedAt: new Date() };
    const silent = this.faults.takeSilentReturn(endpoint.name);
    const sick = await this.bringUp(endpoint, variantsOf(next), this.delays.updatingMs);
    if (!silent && sick !== undefined) await this.rollBack(endpoint);
    const isTaken = !silent && sick === undefined;
    const surplus = isTaken ? endpoint.fleet : next;
    endpoint.pending = undefined;
    if (isTaken) {
      variantsOf(next).forEach(arrive);
      endpoint.fleet = next;
    }
    settle(endpoint, 'InService', !silent && sick !== undefined ? pingFailure(sick) : undefined);
    await this.stopServers(variantsOf(surplus));
  }

  /** Moves every variant to what is desired of it. */
  async adjust(endpoint: Endpoint): Promise<void> {
    begin(endpoint, 'Updating');
    const variants = variantsOf(endpoint.fleet);
    const silent = this.faults.takeSilentReturn(endpoint.name);
    const sick = await this.bringUp(endpoint, variants, this.delays.updatingMs);
    if (!silent && sick !== undefined) await this.rollBack(endpoint);
    for (const variant of variants) {
      if (silent || sick !== undefined) stay(variant);
      else arrive(variant);
    }
    settle(endpoint, 'InService', !silent && sick !== undefined ? pingFailure(sick) : undefined);
    await Promise.all(variants.map((variant) => this.stopAll(variant.servers.splice(variant.currentCount))));
  }

  async patch(endpoint: Endpoint): Promise<void> {
    begin(endpoint, 'SystemUpdating');
    await pause(this.delays.systemUpdatingMs);
    settle(endpoint, 'InService');
  }

  async remove(endpoint: Endpoint): Promise<void> {
    begin(endpoint, 'Deleting');
    await pause(this.delays.deletingMs);
    this.account.endpoints.delete(endpoint.name);
    this.account.tags.delete(endpoint.arn);
    await this.stopServers(variantsOf(endpoint.fleet));
  }

  private async rollBack(endpoint: Endpoint): Promise<void> {
    begin(endpoint, 'RollingBack');
    await pause(this.delays.rollingBackMs);
  }

  /** Starts what is missing and waits until all of it answers its ping. Resolves with a variant that does not. */
  private async bringUp(
    endpoint: Endpoint,
    variants: readonly Variant[],
    atLeastMs: number,
  ): Promise<Variant | undefined> {
    const started = Promise.all(variants.map((variant) => this.startMissing(endpoint, variant)));
    const [hasStarted] = await Promise.all([started, pause(atLeastMs)]);
    const unstarted = variants.find((_, index) => !hasStarted[index]);
    if (unstarted !== undefined) return unstarted;
    const deadlineMs = performance.now() + this.delays.healthCheckMs;
    for (;;) {
      const sick = await this.findSick(endpoint, variants);
      if (sick === undefined || performance.now() >= deadlineMs) return sick;
      await pause(PING_EVERY_MS);
    }
  }

  private async startMissing(endpoint: Endpoint, variant: Variant): Promise<boolean> {
    const workloadTag = this.account.tags.get(endpoint.arn)?.get('crossfade:workload');
    const missing = Math.max(0, variant.desiredCount - variant.servers.length);
    const starts = Array.from({ length: missing }, async (): Promise<Server> => {
      const key = `${endpoint.name}/${variant.name}/${randomUUID()}`;
      const place = { endpointName: endpoint.name, variantName: variant.name };
      const url = await this.containers.start({ key, ...place, ...(workloadTag === undefined ? {} : { workloadTag }) });
      return { key, url };
    });
    const results = await Promise.allSettled(starts);
    for (const result of results) {
      if (result.status === 'fulfilled') variant.servers.push(result.value);
      else console.error(`container of ${endpoint.name}/${variant.name}:`, result.reason);
    }
    return results.every(({ status }) => status === 'fulfilled');
  }

  private async findSick(endpoint: Endpoint, variants: readonly Variant[]): Promise<Variant | undefined> {
    const isWell = async (variant: Variant): Promise<boolean> => {
      // Containers that serve already have passed; only those of a change are checked.
      const fresh = variant.servers.slice(variant.currentCount);
      if (fresh.length > 0 && this.faults.isUnhealthy(endpoint.name)) return false;
      return (await Promise.all(fresh.map(answersPing))).every((answers) => answers);
    };
    const well = await Promise.all(variants.map(isWell));
    return variants.find((_, index) => !well[index]);
  }

  private async stopServers(variants: readonly Variant[]): Promise<void> {
    await Promise.all(variants.map((variant) => this.stopAll(variant.servers.splice(0))));
  }

  private async stopAll(servers: readonly Server[]): Promise<void> {
    if (servers.length === 0) return;
    await pause(DRAIN_MS);
    await Promise.all(servers.map(({ key }) => this.containers.stop(key)));
  }
}

function begin(endpoint: Endpoint, status: EndpointStatus): void {
  endpoint.status = status;
  endpoint.modifiedAt = new Date();
}

function settle(endpoint: Endpoint, status: 'InService' | 'Failed', failureReason?: string): void {
  endpoint.status = status;
  endpoint.failureReason = failureReason;
  endpoint.modifiedAt = new Date();
}

function arrive(variant: Variant): void {
  variant.currentWeight = variant.desiredWeight;
  variant.currentCount = variant.desiredCount;
}

function stay(variant: Variant): void {
  variant.desiredWeight = variant.currentWeight;
  variant.desiredCount = variant.currentCount;
}

function pingFailure(variant: Variant): string {
  return `The primary container for production variant ${variant.name} did not pass the ping health check. Please check CloudWatch logs for this endpoint.`;
}

async function answersPing({ url }: Server): Promise<boolean> {
  const reply = await exchange(`${url}/ping`, { timeoutMs: PING_TIMEOUT_MS }).catch(() => undefined);
  return reply?.status === 200;
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}
