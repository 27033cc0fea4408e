/** Who is told when the target's cost of a month passes a share of what was set aside for it. Part of `MigrationSpec`. */
export interface BudgetSpec {
  /** Of all that bears the workload's tag. Unit: USD a calendar month. */
  readonly monthlyUsd: number;
  /** Rising; AWS tells once a month for each. Unit: percent of `monthlyUsd`. */
  readonly alertPercents: readonly number[];
  /** At most one topic and ten addresses. */
  readonly notify: readonly BudgetReceiver[];
}

export type BudgetReceiver = { readonly sns: string } | { readonly email: string };
