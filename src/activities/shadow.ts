import type { ShadowActivities } from '../contracts/activities';
import type { ShadowOrder } from '../ports/shadow';
import { setShadowVariant } from './endpoint-shadow';
import type { HostingPorts } from './hosting-wait';
import type { Ports } from './ports';
import { wayToTarget } from './probe';

type SetShadowInput = Parameters<ShadowActivities['setShadow']>[0];

type ShadowPorts = Pick<Ports, 'balancing' | 'shadow'> & HostingPorts;

export function createShadowActivities(ports: ShadowPorts): ShadowActivities {
  const { balancing, shadow } = ports;
  /** The header that reaches the target is read here and goes to the tap only. */
  const copyTo = async (input: SetShadowInput): Promise<ShadowOrder['target']> => {
    const { endpoint, headers } = await wayToTarget(balancing, input);
    return { url: endpoint, headers };
  };

  return {
    async setShadow(input) {
      const { tap, fractionPercent, equivalence, copies, segments } = input;
      // Stopping needs nothing but the tap: the probe rule may be gone already.
      const target = fractionPercent > 0 ? await copyTo(input) : undefined;
      await shadow.setOrder(tap, {
        fraction: fractionPercent / 100,
        equivalence,
        ...(target === undefined ? {} : { target }),
        ...copies,
        ...(segments === undefined ? {} : { segments }),
      });
    },

    setShadowVariant: (input) => setShadowVariant(ports, input),
  };
}
