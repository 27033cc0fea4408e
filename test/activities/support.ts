import type { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities';
import type { Activities, RouteSides } from '../../src/contracts/activities';
import { fleetOf } from '../../src/domain/fleet';
import type { Owner } from '../../src/domain/resources';
import { resourceName } from '../../src/domain/resources';
import type { MigrationSpec } from '../../src/domain/spec';
import type { Weights } from '../../src/domain/weights';
import { FakeClock, World, addWorkload, fakePorts, specFor } from '../support/fakes';
import type { Place } from '../support/fakes';
import { inActivity, quietActivity } from '../support/temporal/activity';

export const OWNER: Owner = { workload: 'ranker', run: 'run-1' };
export const EARLIER: Owner = { workload: 'ranker', run: 'run-0' };

/** Activities over a fresh world, each call inside an activity's context, with a clock that moves only when told. */
export class Stage {
  readonly clock = new FakeClock();
  readonly world = new World(this.clock.now);
  readonly place: Place = addWorkload(this.world);
  readonly activities: Activities;
  readonly heartbeats: unknown[] = [];

  constructor() {
    const inside = Object.entries(this.activitiesHere()) as [string, (input: unknown) => Promise<unknown>][];
    const calls = inside.map(([name, run]) => [name, (input: unknown) => this.inside(() => run(input))]);
    this.activities = Object.fromEntries(calls) as Activities;
  }

  /** Activities for a context that the test makes itself. */
  activitiesHere(): Activities {
    return createActivities({ ...fakePorts(this.world), sleep: this.clock.sleep });
  }

  /** Runs in an activity's context. @param heartbeatDetails what an earlier attempt left. */
  inside<T>(run: () => Promise<T>, heartbeatDetails?: unknown): Promise<T> {
    return inActivity(run, this.environment(heartbeatDetails));
  }

  environment(heartbeatDetails?: unknown): MockActivityEnvironment {
    const environment = quietActivity(heartbeatDetails);
    environment.on('heartbeat', (details) => this.heartbeats.push(details));
    return environment;
  }

  get memory(): { ledger: string; workload: string } {
    return { ledger: this.place.ledger, workload: 'ranker' };
  }

  get faults(): World['faults'] {
    return this.world.faults;
  }

  spec(changes: Record<string, unknown> = {}): MigrationSpec {
    return specFor(this.place, changes);
  }

  /** A target group of ours with healthy targets, on a rule of its own; as phase 2 leaves it. */
  async buildTarget(): Promise<RouteSides> {
    const { route } = this.place;
    const target = fleetOf(this.spec());
    const name = resourceName('ranker');
    const shared = { name, target, owner: OWNER, adopt: false };
    const { arn: targetGroupArn } = await this.activities.createTargetGroup({ ...shared, route });
    const { id: launchTemplateId } = await this.activities.createLaunchTemplate(shared);
    await this.activities.createProbeRule({ route, targetGroupArn, owner: OWNER, adopt: false });
    await this.activities.createAutoScalingGroup({ ...shared, launchTemplateId, targetGroupArn });
    this.faults.reset();
    return { route, targetGroupArn };
  }

  /** Weights of the route now, by target group. */
  weights(): Record<string, number> {
    const shares = this.world.routes.get(this.place.route.arn)?.shares.newest() ?? [];
    return Object.fromEntries(shares.map((share) => [share.backend, share.weight]));
  }

  /** Sets what stands on the route, as an earlier decision left it. */
  standing({ route, targetGroupArn }: RouteSides, generation: number, tag: Weights, shares: Weights = tag): void {
    const state = this.world.routes.get(route.arn);
    if (state === undefined) throw new Error('there is no route');
    state.shift = { generation, weights: tag };
    state.shares.set(this.clock.now(), [
      { backend: route.sourceTargetGroupArn, weight: shares.source },
      { backend: targetGroupArn, weight: shares.target },
    ]);
  }
}
