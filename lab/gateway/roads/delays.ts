/** Unit: milliseconds. */
export interface RoadDelays {
  /** How long a job stays in each state, but where it waits for the customer. */
  readonly jobStateMs: number;
  /** How long the customer has the device. */
  readonly withCustomerMs: number;
  readonly lineStateMs: number;
}
