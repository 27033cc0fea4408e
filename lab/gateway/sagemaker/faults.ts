/** What goes wrong in SageMaker when a test, or a person who wants to see it, asks for it. */
import { z } from 'zod';

const schema = z.discriminatedUnion('kind', [
  /** The next updates, of weights too, end in service on the configuration from before, without a word; one when left out. */
  z.strictObject({ kind: z.literal('silent_return'), endpoint: z.string(), times: z.int().min(1).optional() }),
  /** Containers started from now on never pass their health check, until cleared. */
  z.strictObject({ kind: z.literal('unhealthy'), endpoint: z.string() }),
  /** Sets how many instances of the type endpoints may have. */
  z.strictObject({ kind: z.literal('quota'), instanceType: z.string(), value: z.number().min(0) }),
  /** Configurations with a shadow variant are refused, until cleared. */
  z.strictObject({ kind: z.literal('shadow_refused') }),
  /** SageMaker patches the endpoint: it is SystemUpdating for a while, and serves on. */
  z.strictObject({ kind: z.literal('system_update'), endpoint: z.string() }),
]);

export type SageMakerFault = z.input<typeof schema>;

export const parseFault = (fault: unknown): SageMakerFault => schema.parse(fault);

export class SageMakerFaults {
  /** How many are still to come, by endpoint. */
  private readonly silent = new Map<string, number>();
  private readonly unhealthy = new Set<string>();
  shadowRefused = false;

  add(fault: Extract<SageMakerFault, { kind: 'silent_return' | 'unhealthy' | 'shadow_refused' }>): void {
    switch (fault.kind) {
      case 'silent_return':
        this.silent.set(fault.endpoint, fault.times ?? 1);
        return;
      case 'unhealthy':
        this.unhealthy.add(fault.endpoint);
        return;
      case 'shadow_refused':
        this.shadowRefused = true;
        return;
    }
  }

  clear(): void {
    this.silent.clear();
    this.unhealthy.clear();
    this.shadowRefused = false;
  }

  /** Used up by asking. */
  takeSilentReturn(endpoint: string): boolean {
    const left = this.silent.get(endpoint) ?? 0;
    if (left > 1) this.silent.set(endpoint, left - 1);
    else this.silent.delete(endpoint);
    return left > 0;
  }

  isUnhealthy(endpoint: string): boolean {
    return this.unhealthy.has(endpoint);
  }
}
