import { MigrationError } from '../../../src/domain/errors';
import type { Claims } from '../../../src/ports/claims';
import type { MigrationHistory } from '../../../src/ports/history';
import type { MigrationSignals } from '../../../src/ports/migration-signal';
import type { Notifier } from '../../../src/ports/notifier';
import type { Prober } from '../../../src/ports/prober';
import { TARGET_ENDPOINT } from './records';
import type { World } from './world';

export function fakeClaims(world: World): Claims {
  return {
    async acquire(arn, asker) {
      const holder = world.claims.get(arn) ?? asker;
      world.claims.set(arn, holder);
      return holder;
    },
    async release(arn, workload) {
      if (world.claims.get(arn)?.workload === workload) world.claims.delete(arn);
    },
  };
}

export function fakeNotifier(world: World): Notifier {
  return {
    async notify(to, notice) {
      world.notices.push({ to, notice });
      await world.onNotice(notice);
    },
  };
}

/** The header of any probe rule leads to the target, as the load balancer does it; so does an address of its own. */
export function fakeProber(world: World): Prober {
  return {
    async send(endpoint, request, headers) {
      const isProbe = [...world.probeRules.values()].some((rule) => headers[rule.headerName] === rule.headerValue);
      const isTarget = isProbe || endpoint.startsWith(TARGET_ENDPOINT);
      return { ...world.answer(isTarget ? 'target' : 'source', request.path), latencyMs: 5 };
    },
  };
}

export function fakeHistory(world: World): MigrationHistory {
  return {
    async newestInput(workload, isUsable = () => true) {
      const newest = world.histories.get(workload);
      if (newest === undefined)
        throw new MigrationError('MigrationNotFound', `no migration of ${workload} was ever started`);
      const earlier = (newest.earlier ?? []).map((document) => ({ document, open: false }));
      return [newest, ...earlier].find(({ document }) => isUsable(document)) ?? newest;
    },
  };
}

export function fakeSignals(world: World): MigrationSignals {
  return {
    async observed(workflowId, report) {
      world.signals.push({ workflowId, report: structuredClone(report) });
    },
  };
}
