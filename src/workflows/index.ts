/** Workflow types, by the names that operators start them with. */
export { captureBaseline } from './capture-baseline';
export { holdClaim } from './claim';
export { copyRange } from './copy-range';
export { dryRun } from './dry-run';
export { migrate } from './migrate';
export { migrateFleet } from './migrate-fleet';
export { rollbackTraffic } from './rollback-traffic';
export { runShadow } from './run-shadow';
export { scheduled } from './scheduled';
export { syncData } from './sync-data';
export { validateTarget } from './validate-target';
