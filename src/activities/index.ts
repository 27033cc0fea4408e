import type { Activities } from '../contracts/activities';
import { createBaselineActivities } from './baseline';
import { createClaimActivities } from './claims';
import { createDataActivities } from './data';
import { createRoadActivities } from './data-roads';
import { createDecommissionActivities } from './decommission';
import { createEmergencyActivities } from './emergency';
import { createEnvironmentActivities } from './environment';
import { translateFailures } from './failure';
import { createFleetActivities } from './fleet';
import { createHostingActivities } from './hosting';
import { createImageActivities } from './images';
import { createLedgerActivities } from './ledger';
import { createModelPackageActivities } from './model-packages';
import { createNotifyActivities } from './notify';
import { createObserveActivities } from './observe';
import type { Ports } from './ports';
import { createPartActivities } from './parts';
import { createPreflightActivities } from './preflight';
import { createReportActivities } from './report';
import { createReplicationActivities } from './replication';
import { createReadCheckActivities } from './read-check';
import { createShadowActivities } from './shadow';
import { createSpecActivities } from './spec';
import { createTrafficActivities } from './traffic';
import { createTransferActivities } from './transfer';

export type { Ports } from './ports';

/** All that the workflows may ask for, over the ports. Made once per worker. */
export function createActivities(ports: Ports): Activities {
  return translateFailures<Activities>({
    ...createSpecActivities(),
    ...createPreflightActivities(ports),
    ...createClaimActivities(ports),
    ...createLedgerActivities(ports),
    ...createReportActivities(ports),
    ...createTrafficActivities(ports),
    ...createEnvironmentActivities(ports),
    ...createHostingActivities(ports),
    ...createDataActivities(ports),
    ...createTransferActivities(ports),
    ...createReplicationActivities(ports),
    ...createRoadActivities(ports),
    ...createImageActivities(ports),
    ...createModelPackageActivities(ports),
    ...createReadCheckActivities(ports),
    ...createBaselineActivities(ports),
    ...createShadowActivities(ports),
    ...createObserveActivities(ports),
    ...createDecommissionActivities(ports),
    ...createNotifyActivities(ports),
    ...createEmergencyActivities(ports),
    ...createPartActivities(ports),
    ...createFleetActivities(ports),
  });
}
