/** `service:Operation`, the service as IAM writes it. */
export type AwsCall = `${string}:${string}`;

/** Of one step. */
export interface StepCalls {
  readonly calls: readonly AwsCall[];
  /** To take it back. */
  readonly undo: readonly AwsCall[];
}

export function callsTo(service: string, ...operations: readonly string[]): AwsCall[] {
  return operations.map((operation): AwsCall => `${service}:${operation}`);
}
