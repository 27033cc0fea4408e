export type { Advice, AdviceInput, AdviceKind, NoAdvice } from './advice';
export type { CostComparison } from './compare-cost';
export { compareCost } from './compare-cost';
export { hoursOfLedger } from './ledger-hours';
export type { Optimisation } from './optimise';
export { optimise, servedBy } from './optimise';
