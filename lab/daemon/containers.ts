/** Starts the containers of SageMaker endpoints in the fleet, when the gateway asks for them. */
import type { ModelSide } from '../fleet/server';
import type { ContainerReply, ContainerRequest } from '../gateway/sagemaker/containers';
import type { ChildChannel } from '../rpc';
import { SOURCE_VARIANT } from '../traffic/generator';

/** Whose instances they are, by the name that they or what holds them bears: the workload's own, or one that begins with it. */
export function workloadByName(name: string, workloads: readonly string[]): string | undefined {
  return [...workloads]
    .sort((a, b) => b.length - a.length)
    .find((workload) => name === workload || name.startsWith(`${workload}-`) || name.includes(`-${workload}-`));
}

/** An endpoint or a variant that stands for the source says so at the end of its name. */
export function sideOf({ endpointName, variantName }: ContainerRequest): ModelSide {
  const isSource =
    variantName === SOURCE_VARIANT || [endpointName, variantName].some((name) => name.endsWith('-source'));
  return isSource ? 'source' : 'target';
}

export function serveContainers(gateway: ChildChannel, fleet: ChildChannel, workloads: () => readonly string[]): void {
  const reply = (id: number, acting: Promise<string | undefined>): void => {
    acting
      .then(
        (url): ContainerReply => ({ id, ...(url === undefined ? {} : { url }) }),
        (error: unknown): ContainerReply => ({ id, error: error instanceof Error ? error.message : String(error) }),
      )
      .then((answer) => gateway.call('containerReply', answer))
      // The gateway is gone, and its endpoints with it.
      .catch((error: unknown) => console.error('containers:', error));
  };
  gateway.on('startContainer', ({ id, ...request }: ContainerRequest & { readonly id: number }) => {
    const workload = request.workloadTag ?? workloadByName(request.endpointName, workloads()) ?? request.endpointName;
    reply(id, fleet.call('start', { instanceId: request.key, workload, side: sideOf(request) }));
  });
  gateway.on('stopContainer', ({ id, key }: { readonly id: number; readonly key: string }) =>
    reply(id, fleet.call<undefined>('stop', { instanceId: key })),
  );
}
