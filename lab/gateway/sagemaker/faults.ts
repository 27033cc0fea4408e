/** What goes wrong in SageMaker when a test, or a person who wants to see it, asks for it. */
import { z } from 'zod';

const schema = z.discriminatedUnion('kind', [
  /** The next update, of weights too, ends in service on the configuration from before, without a word. */
  z.strictObject({ kind: z.literal('silent_return'), endpoint: z.string() }),
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
  private readonly silent = new Set<string>();
  private readonly unhealthy = new Set<string>();
  shadowRefused = false;

  add(fault: Extract<SageMakerFault, { kind: 'silent_return' | 'unhealthy' | 'shadow_refused' }>): void {
    switch (fault.kind) {
      case 'silent_return':
        this.silent.add(fault.endpoint);
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
    return this.silent.delete(endpoint);
  }

  isUnhealthy(endpoint: string): boolean {
    return this.unhealthy.has(endpoint);
  }
}
