/** Takes an input that AWS's model allows, gives the output; throws AwsError. */
export type Operations = Readonly<Record<string, (input: never) => unknown>>;

/** Unit: milliseconds. */
export interface RoadDelays {
  /** How long a job stays in each state, but where it waits for the customer. */
  readonly jobStateMs: number;
  /** How long the customer has the device. */
  readonly withCustomerMs: number;
  readonly lineStateMs: number;
}
