/** What goes wrong in DataSync when a test, or a person who wants to see it, asks for it. Throttling is the gateway's. */
import { z } from 'zod';

const schema = z.discriminatedUnion('kind', [
  /** Locations whose URI holds the text can neither be created nor read, until cleared. */
  z.strictObject({ kind: z.literal('access_denied'), location: z.string().min(1) }),
  /** The agent is OFFLINE and tasks over it are UNAVAILABLE, until cleared. */
  z.strictObject({ kind: z.literal('agent_offline'), agentArn: z.string() }),
  /** The next execution that transfers ends with this, after its first file. */
  z.strictObject({ kind: z.literal('execution_error'), errorCode: z.string(), errorDetail: z.string() }),
]);

export type DataSyncFault = z.input<typeof schema>;
type ExecutionError = Extract<DataSyncFault, { kind: 'execution_error' }>;

export class DataSyncFaults {
  private readonly denied = new Set<string>();
  private readonly offline = new Set<string>();
  private errors: ExecutionError[] = [];

  add(params: unknown): void {
    const fault = schema.parse(params);
    switch (fault.kind) {
      case 'access_denied':
        this.denied.add(fault.location);
        return;
      case 'agent_offline':
        this.offline.add(fault.agentArn);
        return;
      case 'execution_error':
        this.errors.push(fault);
    }
  }

  clear(): void {
    this.denied.clear();
    this.offline.clear();
    this.errors = [];
  }

  isDenied(uri: string): boolean {
    return [...this.denied].some((part) => uri.includes(part));
  }

  isOffline(agentArn: string): boolean {
    return this.offline.has(agentArn);
  }

  /** Used up by asking. */
  takeExecutionError(): ExecutionError | undefined {
    return this.errors.shift();
  }
}
