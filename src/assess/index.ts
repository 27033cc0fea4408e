export type { Assessment, WorkloadAssessment } from './assess';
export { assess } from './assess';
export { CONTINGENCY, MONEY_AS_OF, MONEY_SOURCES, PREPARE_DAYS } from './assumptions';
export { dateOf, DAY_MS } from './deadline';
export type { CostLine, Total } from './figures';
export { totalOf, totalText, unknownUsd, usd } from './figures';
export type { PlanCost } from './plan-cost';
export { planCost } from './plan-cost';
