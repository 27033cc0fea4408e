import { EMPTY_ACCOUNT } from '../../../src/domain/evidence';
import type { CapturedWindow } from '../../../src/domain/evidence';
import type { Captures } from '../../../src/ports/shadow';
import { joinedEndpoint } from './endpoints';
import { shadowShare } from './metrics';
import { arrivals, portion, windowsBetween } from './traffic-model';
import type { World } from './world';

/** What both variants answered, where the endpoint captures to the place that is asked for. */
export function fakeCaptures(world: World): Captures {
  return {
    async readWindows({ captureTo, endpointName, periodMs }, fromMs, toMs) {
      const route = joinedEndpoint(world, endpointName);
      if (route?.variants?.captureTo !== captureTo) return [];
      const timeline = world.trafficOf(route.workload);
      const windows: CapturedWindow[] = [];
      // The filled windows are of no use here: only where they begin is.
      windowsBetween(fromMs, toMs, periodMs, (startMs, endMs) => {
        const arrived = arrivals(timeline, startMs, endMs);
        const mirrored = Math.round(portion(arrived, shadowShare(route, startMs, endMs), 1) * world.captureShare);
        const mismatched = portion({ ...arrived, count: mirrored }, timeline.at(startMs).mismatchRate, 11);
        const account = { ...EMPTY_ACCOUNT, received: arrived.count, mirrored, skipped: arrived.count - mirrored };
        const pair = { atMs: startMs, path: '$.score', detail: 'source 0.5, target 0.6', severity: 2 };
        windows.push({
          startMs: startMs as CapturedWindow['startMs'],
          account: { ...account, compared: mirrored, mismatched },
          worst: mismatched > 0 ? [pair] : [],
        });
        return undefined;
      });
      return windows;
    },
  };
}
