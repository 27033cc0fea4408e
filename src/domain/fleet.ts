/** The instances behind the load balancer: the workload's own, or proxies that ask a SageMaker endpoint. */
import { resourceName } from './resources';
import type { Ec2TargetSpec, MigrationSpec, ProxySpec } from './spec';

/** @throws Error for a target without instances: such a road has no load balancer, and asks for none. */
export function fleetOf({ target, workload, region }: MigrationSpec): Ec2TargetSpec {
  if (target.ec2 !== undefined) return target.ec2;
  const proxy = target.sagemaker?.proxy;
  if (proxy === undefined) throw new Error(`the target of ${workload} has no instances`);
  const { container: _container, concurrencyMax: _concurrencyMax, ...instances } = proxy;
  return { ...instances, userData: proxyUserData(proxy, workload, region) };
}

/** What the route must see of the target. */
export interface TargetCapacity {
  /** Fewest healthy backends that may have traffic. */
  readonly healthyMin: number;
  /** How many phase 2 waits for. */
  readonly healthyWanted: number;
  readonly healthPath: string;
}

export function capacityOf(spec: MigrationSpec): TargetCapacity {
  const { existing, sagemaker } = spec.target;
  // One DNS record, whatever stands behind it.
  if (existing !== undefined) return { healthyMin: 1, healthyWanted: 1, healthPath: existing.healthPath };
  const { sagemaker: endpoint } = spec.router;
  if (endpoint !== undefined && sagemaker !== undefined) {
    const { instanceCount, scaling } = sagemaker;
    const { healthPath } = endpoint;
    return { healthyMin: scaling?.min ?? instanceCount, healthyWanted: instanceCount, healthPath };
  }
  const { min, desired, healthPath } = fleetOf(spec);
  return { healthyMin: min, healthyWanted: desired, healthPath };
}

/** Restarted by Docker when it ends, and with the instance. */
function proxyUserData(proxy: ProxySpec, workload: string, region: string): string {
  const variables = {
    AWS_REGION: region,
    CROSSFADE_PROXY_LISTEN: `0.0.0.0:${proxy.port}`,
    CROSSFADE_PROXY_ENDPOINT: resourceName(workload),
    CROSSFADE_PROXY_HEALTH_PATH: proxy.healthPath,
    CROSSFADE_PROXY_CONCURRENCY: String(proxy.concurrencyMax),
  };
  const flags = Object.entries(variables).map(([name, value]) => `  -e ${name}='${value}' \\`);
  return [
    '#!/bin/sh',
    'exec docker run --detach --restart always --network host \\',
    ...flags,
    `  '${proxy.container}' invoke-proxy`,
    '',
  ].join('\n');
}
