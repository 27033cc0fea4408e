import { log } from '@temporalio/activity';
import type { EmergencyActivities } from '../contracts/activities';
import { parseSpec } from '../spec';
import { listRuns } from './ledger-chain';
import type { Ports } from './ports';
import { routeFrom, routeRefOf } from './route';
import { policyHashOf } from './spec';
import { atMost, describeError } from './waiting';

/** A rollback does not wait longer than this for the ledger. */
const LEDGER_MS_MAX = 3_000;
/** Where the record goes when the ledger cannot say which run it belongs to. */
const UNKNOWN_RUN = 'emergency';

type EmergencyPorts = Pick<Ports, 'history' | 'router' | 'openLedger'>;

export function createEmergencyActivities(ports: EmergencyPorts): EmergencyActivities {
  const { history, router } = ports;
  return {
    async findRoute({ workload }) {
      const { document } = await history.newestInput(workload);
      const spec = parseSpec(document);
      const { ref } = routeRefOf(spec.router.alb);
      const [state, run] = await Promise.all([router.readRoute(ref), newestRun(ports, spec.ledger, workload)]);
      return {
        route: routeFrom(ref, state, spec.router.alb.sourceTargetGroupArn),
        generation: state.shift?.generation ?? 0,
        ledger: { url: spec.ledger, workload, run, policyHash: policyHashOf(spec) },
      };
    },
  };
}

/** Best effort: traffic is more urgent than its record. */
async function newestRun({ openLedger }: EmergencyPorts, url: string, workload: string): Promise<string> {
  const runs = Promise.resolve()
    .then(() => listRuns(openLedger(url), workload))
    .catch((error: unknown) => {
      log.warn('the ledger cannot say which run was the newest', { workload, error: describeError(error) });
      return [];
    });
  return (await atMost(LEDGER_MS_MAX, runs))?.at(-1) ?? UNKNOWN_RUN;
}
