import type { EmergencyActivities } from '../contracts/activities';
import { parseSpec } from '../spec';
import type { Ports } from './ports';
import { routeFrom, routeRefOf } from './route';

export function createEmergencyActivities({ history, router }: Pick<Ports, 'history' | 'router'>): EmergencyActivities {
  return {
    async findRoute({ workload }) {
      const { document, open } = await history.newestInput(workload);
      const { alb } = parseSpec(document).router;
      const { ref } = routeRefOf(alb);
      const state = await router.readRoute(ref);
      return { route: routeFrom(ref, state, alb.sourceTargetGroupArn), generation: state.shift?.generation ?? 0, runOpen: open };
    },
  };
}
