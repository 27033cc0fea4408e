/** One migration on the theatre: what an operator can do to it, and what can be seen of it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { readLedger } from '../../../src/activities/ledger-chain';
import type { OperatorMessage, SignalName, StatusView } from '../../../src/contracts/messages';
import { MAIN_QUEUE, migrationId, QUERIES, ROLLBACK_QUEUE, rollbackId, SIGNALS } from '../../../src/contracts/messages';
import type { Milliseconds } from '../../../src/domain/quantity';
import type { LedgerRecord } from '../../../src/domain/record';
import {
  HOSTED_TARGET,
  World,
  addEndpoint,
  addRecords,
  addWorkload,
  documentFor,
  fakeLedger,
  recordsSpec,
  variantsSpec,
} from '../fakes';
import type { FakeRecords, FakeRoute, FakeVariants, Place } from '../fakes';
import type { Theatre } from './theatre';

const LOOK_EVERY_MS = 200;
/** How long anything here may take on a busy machine. */
const WITHIN_MS = 60_000;

type Json = Record<string, unknown>;

/** One window decides: what the workflow does with a verdict is the matter, not how it came about. */
const HASTY: Json = {
  passConfidence: 0.1,
  errorRateMax: 0.05,
  errorRateDetect: 0.2,
  latency: [{ quantile: 'p50', ratioDetect: 2 }],
};

/** Holds of a second and as little evidence as the judge accepts. */
export const QUICK: Json = {
  baseline: { window: '10s' },
  shadow: { startPercent: 50, stepPercent: 10, maxPercent: 50, firstHold: '1s', hold: '1s' },
  guardrails: { splitSettle: '0s', requestCountMin: 20, ...HASTY, blindHold: '2s', coverageMin: 0.5 },
  cutover: { weights: [50, 100], stabilization: '1s', approvals: { beforeFirst: false } },
  decommission: { after: '1s', standby: '2s', approval: 'not_required', costTags: { team: 'ranking' } },
};

const SCALE_ON = { namespace: 'Models', metric: 'GpuUtilization', value: 60 };
/** How long an endpoint of SageMaker is being made or deleted: long enough to be seen. Unit: milliseconds. */
const ENDPOINT_CHANGE_MS = 100;
/** How long answers of name servers are kept. Unit: milliseconds. */
export const TTL_MS = 1_500 as Milliseconds;
/** Until the name servers have a change. Unit: milliseconds. */
const IN_EFFECT_MS = 300;
/** Where an endpoint with our shadow variant captures to. */
const CAPTURED = 'captured';

export const SAY: OperatorMessage = { requestedBy: 'ann', reason: 'because' };

export class Migration {
  readonly document: Json;
  /** Run ID of the first of its runs; empty before the start. */
  firstRunId = '';

  private constructor(
    readonly theatre: Theatre,
    readonly world: World,
    readonly place: Place,
    changes: Json,
  ) {
    const quick = { ...QUICK, shadow: { ...(QUICK['shadow'] as Json), tap: place.tap } };
    const metrics = { kind: 'cloudwatch', period: '1s', lag: '0s' };
    const base = merge(documentFor(place, quick), { source: { metrics }, target: { ec2: { scaleOn: SCALE_ON } } });
    // As it travels: what is undefined is left out.
    this.document = JSON.parse(JSON.stringify(merge(base, changes))) as Json;
  }

  /** A workload in a world of its own, or in one that is given, and a migration of it that has not started. */
  static of(theatre: Theatre, workload: string, changes: Json = {}, world = new World(Date.now)): Migration {
    const place = addWorkload(world, workload);
    world.setTraffic(workload, { requestsPerSecond: 400 });
    theatre.cast(workload, world);
    return new Migration(theatre, world, place, changes);
  }

  /** One to a SageMaker endpoint behind proxies. Its model comes with the data set, and the account has room for it. */
  static hosted(theatre: Theatre, workload: string, changes: Json = {}): Migration {
    const sagemaker = merge(HOSTED_TARGET.sagemaker, { modelData: modelOf(workload), proxy: { scaleOn: SCALE_ON } });
    const migration = Migration.of(theatre, workload, merge({ target: { ec2: undefined, sagemaker } }, changes));
    const { world } = migration;
    migration.stockModel();
    world.endpointBootMs = ENDPOINT_CHANGE_MS;
    world.endpointDeleteMs = ENDPOINT_CHANGE_MS;
    return migration;
  }

  /** One to a variant of a SageMaker endpoint that is there before, and is all that the source has. */
  static joined(theatre: Theatre, workload: string, changes: Json = {}): Migration {
    const sagemaker = merge(HOSTED_TARGET.sagemaker, { modelData: modelOf(workload), proxy: undefined });
    const { source, ...rest } = variantsSpec(workload, { ec2: undefined, sagemaker });
    const spec = merge(rest, { router: { alb: undefined }, source: { ...(source as Json), host: undefined } });
    const unowned = { source: { owned: { autoScalingGroups: undefined, instances: undefined } } };
    const migration = Migration.of(theatre, workload, merge(merge(spec, unowned), changes));
    migration.stockModel();
    migration.endpointRoute = addEndpoint(migration.world, workload);
    return migration;
  }

  /** One to a variant of an endpoint that copies to it by itself first, and then asks before it is a production variant. */
  static shadowed(theatre: Theatre, workload: string, changes: Json = {}): Migration {
    const variant = { capture: { to: `s3://${CAPTURED}/${workload}` }, lag: '1ms' };
    const migration = Migration.joined(theatre, workload, merge({ shadow: { tap: undefined, variant } }, changes));
    migration.world.buckets.set(CAPTURED, { owner: undefined, objects: new Map(), isLedger: false });
    return migration;
  }

  /** One whose traffic DNS divides, between two stacks that are there already. */
  static overRecords(theatre: Theatre, workload: string, changes: Json = {}): Migration {
    const world = new World(Date.now);
    const { route, records } = addRecords(world, workload);
    records.ttlMs = { source: TTL_MS, target: TTL_MS };
    records.delayMs = IN_EFFECT_MS;
    const { target, router, ...spec } = recordsSpec(route, workload);
    const elsewhere = {
      target: { ec2: undefined, ...(target as Json) },
      router: { alb: undefined, ...(router as Json) },
      source: { host: undefined },
      data: [],
      // What is left of a second besides the answers that are still kept is too little evidence.
      cutover: { stabilization: '3s' },
    };
    const migration = Migration.of(theatre, workload, merge(merge(spec, elsewhere), changes), world);
    migration.recordRoute = { route: world.routes.get(route.arn) as FakeRoute, records };
    return migration;
  }

  private endpointRoute: { readonly route: FakeRoute; readonly variants: FakeVariants } | undefined;
  private recordRoute: { readonly route: FakeRoute; readonly records: FakeRecords } | undefined;

  /** Of one over records. */
  get recordSet(): { readonly route: FakeRoute; readonly records: FakeRecords } {
    if (this.recordRoute === undefined) throw new Error(`${this.workload} has no records`);
    return this.recordRoute;
  }

  /** Of one that was joined. */
  get endpoint(): { readonly route: FakeRoute; readonly variants: FakeVariants } {
    if (this.endpointRoute === undefined) throw new Error(`${this.workload} has no endpoint`);
    return this.endpointRoute;
  }

  private stockModel(): void {
    this.world.buckets.get(`${this.workload}-models`)?.objects.set('ranker/model.tar.gz', 'weights');
    this.world.instanceQuotas.set(HOSTED_TARGET.sagemaker.instanceType, HOSTED_TARGET.sagemaker.scaling.max);
  }

  get workload(): string {
    return this.place.workload;
  }

  get handle(): WorkflowHandle {
    return this.theatre.client.workflow.getHandle(migrationId(this.workload));
  }

  async start(document: unknown = this.document): Promise<this> {
    this.world.histories.set(this.workload, { document, open: true });
    const started = await this.theatre.client.workflow.start('migrate', {
      taskQueue: MAIN_QUEUE,
      workflowId: migrationId(this.workload),
      args: [document],
    });
    this.firstRunId = started.firstExecutionRunId;
    return this;
  }

  /** Somebody says yes to every gate of this name, whenever it opens. */
  approveAlways(gate: string): this {
    this.world.onNotice = async ({ event }) => {
      if (event === 'gate' && (await this.status()).gate?.name === gate) await this.send('approve', { gate, ...SAY });
    };
    return this;
  }

  send(signal: SignalName, message: Json = { ...SAY }): Promise<void> {
    return this.handle.signal(SIGNALS[signal], message);
  }

  /** `rollbackTraffic`, as the command line starts it. */
  emergency(): Promise<unknown> {
    return this.theatre.client.workflow.execute('rollbackTraffic', {
      taskQueue: ROLLBACK_QUEUE,
      workflowId: rollbackId(this.workload),
      args: [{ workload: this.workload, ...SAY }],
    });
  }

  status(): Promise<StatusView> {
    return this.handle.query<StatusView>(QUERIES.status);
  }

  /** Looks until the status is as wanted; throws, with what was seen last, when it never is. */
  async until(what: string, reached: (status: StatusView) => boolean, withinMs = WITHIN_MS): Promise<StatusView> {
    const deadline = Date.now() + withinMs;
    let last: StatusView | undefined;
    while (Date.now() < deadline) {
      // Between two runs, and before the first task, nobody answers.
      last = await this.status().catch(() => last);
      if (last !== undefined && reached(last)) return last;
      if (last !== undefined && last.outcome !== null) break;
      await delay(LOOK_EVERY_MS);
    }
    throw new Error(`${this.workload}: waited for ${what}; last seen: ${JSON.stringify(last, null, 1)}`);
  }

  untilPhase(phase: StatusView['phase']): Promise<StatusView> {
    return this.until(`phase ${phase}`, (status) => status.phase === phase);
  }

  /** Traffic is moved and the step's clock runs. */
  untilAtWeight(targetPercent: number): Promise<StatusView> {
    return this.until(
      `${targetPercent} %`,
      ({ wanted, remainingMs }) => wanted.target === targetPercent && remainingMs !== null,
    );
  }

  untilBlocked(): Promise<StatusView> {
    return this.until('blocked', (status) => status.blocked !== null);
  }

  untilGate(name: string, withinMs = WITHIN_MS): Promise<StatusView> {
    return this.until(`gate ${name}`, (status) => status.gate?.name === name, withinMs);
  }

  untilRolledBack(): Promise<StatusView> {
    return this.until(
      'rolled back',
      (status) => status.phase === 'rolled_back' && status.rollback?.restoredAt !== null,
    );
  }

  /** What the run returned; throws what it failed with. */
  result(): Promise<{ outcome: string; ledgerRecords: number }> {
    return this.handle.result() as Promise<{ outcome: string; ledgerRecords: number }>;
  }

  records(): Promise<LedgerRecord[]> {
    return readLedger(fakeLedger(this.world, this.place.ledger), this.workload);
  }

  async recordedKinds(): Promise<string[]> {
    return (await this.records()).map((record) => record.kind);
  }

  /** Share of the target now, as the route says it. Unit: percent. */
  targetShare(): number {
    const { route, sourceTargetGroupArn } = this.endpointRoute
      ? { route: this.endpointRoute.route, sourceTargetGroupArn: 'primary' }
      : { route: this.world.routes.get(this.place.route.arn), ...this.place.route };
    const shares = route?.shares.newest() ?? [];
    const sum = shares.reduce((total, share) => total + share.weight, 0);
    const source = shares.find((share) => share.backend === sourceTargetGroupArn)?.weight ?? 0;
    return 100 - (source * 100) / sum;
  }
}

const modelOf = (workload: string): string => `s3://${workload}-target/model/model.tar.gz`;

/** Objects are merged, anything else replaced. */
function merge(base: Json, changes: Json): Json {
  const isObject = (value: unknown): value is Json =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const merged = { ...base };
  for (const [key, change] of Object.entries(changes)) {
    const before = merged[key];
    merged[key] = isObject(change) && isObject(before) ? merge(before, change) : change;
  }
  return merged;
}
