/** Who holds a claim on a rule, listener or target group. */
export interface ClaimHolder {
  readonly workload: string;
  readonly workflowId: string;
}
