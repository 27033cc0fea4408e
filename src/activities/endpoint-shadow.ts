/**
 * The target as a shadow variant of an endpoint which is there already: SageMaker copies a share of the requests to it.
 *
 * 1. How much is copied is the shadow's weight over that of the one production variant, so both are read before it is set.
 * 2. Only CurrentWeight counts: an endpoint may come back into service without having done what it was asked for.
 */
import type { HostingActivities, ShadowActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { SHADOW_VARIANT } from '../domain/resources';
import type { EndpointState, VariantState } from '../ports/model-hosting';
import { createFromOwn } from './endpoint-join';
import { ASKED_MAX, hasTaken, moveEndpoint, requireAlive, requireEndpoint, waitingFor } from './endpoint-move';
import type { HostingPorts } from './hosting-wait';
import { poll } from './hosting-wait';

type ShadowHosting = Pick<HostingActivities, 'createShadowConfig' | 'shadowEndpoint'>;
type SetInput = Parameters<ShadowActivities['setShadowVariant']>[0];

export function createShadowHosting(ports: HostingPorts): ShadowHosting {
  const { hosting } = ports;
  return {
    createShadowConfig: ({ name, endpointName, model, target, variant, owner, adopt }) =>
      createFromOwn(hosting, { what: `endpoint configuration ${name}`, name, endpointName, owner, adopt }, (own) =>
        hosting.createShadowConfig(name, own, { model, target, variant }, owner),
      ),
    shadowEndpoint: ({ configName, configBefore, jointConfigName, instanceCount, ...move }) =>
      moveEndpoint(ports, {
        ...move,
        from: [configBefore, jointConfigName],
        to: configName,
        isReady: ({ shadows = [] }) =>
          shadows.some((shadow) => shadow.name === SHADOW_VARIANT && shadow.currentInstanceCount >= instanceCount),
      }),
  };
}

/** To no copies it gets even where there is no shadow variant any more. */
export async function setShadowVariant(ports: HostingPorts, input: SetInput): Promise<void> {
  const { hosting } = ports;
  const { endpointName, configName, fractionPercent } = input;
  let asked = 0;
  await poll(ports, async () => {
    const endpoint = await requireEndpoint(hosting, endpointName);
    requireAlive(endpoint);
    if (endpoint.status !== 'InService') return waitingFor({ endpointName, to: configName }, endpoint);
    if (fractionPercent === 0 && shadowOf(endpoint) === undefined) return 'done';
    const { production, shadow } = requireShadowed(endpoint, configName);
    const weight = (production.currentWeight * fractionPercent) / 100;
    if (isSameWeight(shadow.currentWeight, weight)) return 'done';
    if (asked === ASKED_MAX)
      throw new MigrationError(
        'EndpointFailed',
        `${endpoint.arn} does not take weight ${weight} for ${SHADOW_VARIANT}: it is in service with ${shadow.currentWeight}`,
      );
    const set = (): Promise<void> => hosting.setVariantWeight(endpointName, SHADOW_VARIANT, weight);
    if (await hasTaken(hosting, endpointName, set)) asked += 1;
    return waitingFor({ endpointName, to: configName }, endpoint);
  });
}

const shadowOf = ({ shadows = [] }: EndpointState): VariantState | undefined =>
  shadows.find(({ name }) => name === SHADOW_VARIANT);

function requireShadowed(
  endpoint: EndpointState,
  configName: string,
): { production: VariantState; shadow: VariantState } {
  const [production, ...others] = endpoint.variants;
  const shadow = shadowOf(endpoint);
  if (endpoint.configName === configName && shadow !== undefined && production !== undefined && others.length === 0)
    return { production, shadow };
  throw new MigrationError(
    'RouteChanged',
    `${endpoint.arn} serves the configuration ${endpoint.configName} with ${endpoint.variants.length} production ` +
      `variants, and ${configName} was put there: no copies are ordered`,
  );
}

/** SageMaker keeps weights as single precision. */
const WEIGHT_PRECISION = 1e-6;

function isSameWeight(found: number, wanted: number): boolean {
  return Math.abs(found - wanted) <= WEIGHT_PRECISION * wanted;
}

/**
 * For whoever watches: more copies than were ordered, because somebody changed a weight.
 * @throws RouteChanged.
 */
export function refuseMoreCopies(
  arn: string,
  { production, shadow }: { readonly production: number; readonly shadow: number },
  fractionPercent: number,
): void {
  // Stated as what must hold, so that a production variant without weight (NaN) is refused as well.
  if (shadow === 0 || (shadow * 100) / production <= fractionPercent * (1 + WEIGHT_PRECISION)) return;
  throw new MigrationError(
    'RouteChanged',
    `${arn}: ${SHADOW_VARIANT} has weight ${shadow} beside ${production}, which is more than ${fractionPercent} % of the requests`,
  );
}
