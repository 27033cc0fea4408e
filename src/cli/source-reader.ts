import { metricScopeOf, namedRoute, routeFrom } from '../activities/route';
import { createSourcePorts } from '../adapters/index';
import { loadConfig } from '../config';
import type { Evidence } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { MigrationSpec } from '../domain/spec';

/** The source's own metrics, before there is a target. */
export interface SourceReader {
  readWindows(fromMs: EpochMs, toMs: EpochMs): Promise<Evidence>;
}

export function openSourceReader(spec: MigrationSpec): SourceReader {
  const { router, metrics } = createSourcePorts({ awsRegion: spec.region, ...loadConfig() });
  return {
    async readWindows(fromMs, toMs) {
      const named = namedRoute(spec.router, spec.workload);
      const route = routeFrom(named, await router.readRoute(named.ref));
      return metrics.readWindows(spec.source.metrics, metricScopeOf(route), fromMs, toMs);
    },
  };
}
