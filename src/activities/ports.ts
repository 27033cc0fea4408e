import type { Budgets } from '../ports/budgets';
import type { Claims } from '../ports/claims';
import type { Compute } from '../ports/compute';
import type { ContentDigests } from '../ports/content-digests';
import type { DataBuckets } from '../ports/data-buckets';
import type { DataRoads } from '../ports/data-roads';
import type { DatabaseReplication } from '../ports/database-replication';
import type { DataMover } from '../ports/data-mover';
import type { MigrationHistory } from '../ports/history';
import type { ImageMover } from '../ports/image-mover';
import type { OpenLedger } from '../ports/ledger';
import type { ManagedTransfer } from '../ports/managed-transfer';
import type { MetricSource } from '../ports/metric-source';
import type { MigrationSignals } from '../ports/migration-signal';
import type { ModelHosting } from '../ports/model-hosting';
import type { ModelRegistry } from '../ports/model-registry';
import type { Notifier } from '../ports/notifier';
import type { Prober } from '../ports/prober';
import type { ReadSampler } from '../ports/read-sampler';
import type { Captures, Shadow } from '../ports/shadow';
import type { MigrationStandings } from '../ports/standings';
import type { LoadBalancing, TrafficRouter } from '../ports/traffic-router';

/** Everything outside that activities may touch. */
export interface Ports {
  readonly router: TrafficRouter;
  readonly balancing: LoadBalancing;
  readonly compute: Compute;
  readonly hosting: ModelHosting;
  readonly buckets: DataBuckets;
  readonly budgets: Budgets;
  readonly data: DataMover;
  readonly transfer: ManagedTransfer;
  readonly replication: DatabaseReplication;
  readonly roads: DataRoads;
  readonly images: ImageMover;
  readonly registry: ModelRegistry;
  readonly digests: ContentDigests;
  readonly reads: ReadSampler;
  readonly metrics: MetricSource;
  readonly shadow: Shadow;
  readonly captures: Captures;
  readonly openLedger: OpenLedger;
  readonly notifier: Notifier;
  readonly claims: Claims;
  readonly prober: Prober;
  readonly history: MigrationHistory;
  readonly signals: MigrationSignals;
  readonly standings: MigrationStandings;
  /** Unit: milliseconds since 1970. */
  readonly now: () => number;
  /** Waits inside an activity; ends early, by throwing, when the activity is cancelled. Default: the activity's own sleep. */
  readonly sleep?: (durationMs: number) => Promise<void>;
}
