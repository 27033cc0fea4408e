/** Workflow types, by the names that operators start them with. */
export { holdClaim } from './claim';
export { migrate } from './migrate';
export { rollbackTraffic } from './rollback-traffic';
export { scheduled } from './scheduled';
export { syncData } from './sync-data';
