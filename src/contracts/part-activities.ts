import type { Baseline } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { MigrationSpec } from '../domain/spec';
import type { Verdict } from '../domain/verdict';
import type { Route, RouteSides } from './activities';

/** What the parts that run by themselves ask; the rest is the migration's. */
export interface PartActivities {
  /** Whether a run of the workload's migration is open. */
  isMigrating(input: { workload: string }): Promise<{ isMigrating: boolean }>;
  /** Production's route as it is now, with and without a source. @throws NotFound, AwsDenied. */
  findSides(input: { spec: MigrationSpec }): Promise<SidesNow>;
  /** Of the newest migration in the ledger, if it is complete. */
  findAccepted(input: { ledger: string; workload: string }): Promise<Accepted | { readonly reason: string }>;
  /** Reads the target's windows and judges them one by one against the baseline. @throws MetricsUnavailable. */
  judgeTarget(input: {
    spec: MigrationSpec;
    baseline: Baseline;
    sides: RouteSides;
    fromMs: EpochMs;
    toMs: EpochMs;
  }): Promise<{ verdict: Verdict; failedAtMs?: EpochMs }>;
  /** Asks the smoke requests again; the first answers after the migration are what later ones must equal. */
  compareAnswers(input: { spec: MigrationSpec; run: string }): Promise<AnswersCompared>;
}

export interface SidesNow {
  readonly route: Route;
  /** Not there: nobody but the source is on the route. */
  readonly targetGroupArn?: string;
  /** 0 where it is not on the route any more. Unit: percent. */
  readonly sourcePercent: number;
  /** Unit: percent. */
  readonly targetPercent: number;
}

export interface Accepted {
  /** UUID of the migration. */
  readonly run: string;
  readonly baseline: Baseline;
  readonly completedAtMs: EpochMs;
}

export interface AnswersCompared {
  readonly comparedCount: number;
  /** true: these are the answers that later ones are compared with. */
  readonly isReference: boolean;
  /** One sentence for each request with another answer. */
  readonly differences: readonly string[];
}
