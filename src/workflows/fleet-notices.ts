/** What a fleet tells of itself; each of its migrations tells of itself. A fleet that has nobody to tell makes no command. */
import { WAITING, waveNow } from '../domain/migration-fleet';
import { noteFleet } from './fleet-state';
import type { FleetState } from './fleet-state';
import { tellAgainAs, tellAndWaitAs, tellAs } from './tell';
import type { Teller } from './tell';

/** Once a wave, when one of its migrations runs. */
export function tellWave(state: FleetState): void {
  const { spec, standings } = state;
  const now = waveNow(spec, state);
  const wave = spec.waves[now] ?? [];
  if (now < (state.wavesTold ?? 0) || wave.every((workload) => (standings[workload] ?? WAITING) === WAITING)) return;
  state.wavesTold = now + 1;
  const text = `Wave ${now + 1} of ${spec.waves.length} of fleet ${spec.name} begins: ${wave.join(', ')}.`;
  tellAs(tellerOf(state), 'wave_begins', text);
}

/** Once a gate. */
export function tellTrouble(state: FleetState, { name, question, standing }: NonNullable<FleetState['gate']>): void {
  const event = standing === 'rolled_back' ? 'wave_stopped' : 'fleet_blocked';
  tellAs(tellerOf(state), event, `Fleet ${state.spec.name} starts nothing more: ${question}`, { gate: name });
}

/** The last word. */
export function tellEnd(state: FleetState): Promise<void> {
  const { spec, outcome, standings } = state;
  const stands = spec.workloads.map((workload) => `${workload}: ${(standings[workload] ?? WAITING).replace('_', ' ')}`);
  const how = outcome === 'stopped' ? 'is stopped; what runs goes on by itself' : 'is finished';
  return tellAndWaitAs(tellerOf(state), 'fleet_finished', `Fleet ${spec.name} ${how}. ${stands.join(', ')}.`);
}

/** What the run before had not told to the end. */
export function tellRest(state: FleetState): void {
  tellAgainAs(tellerOf(state));
}

function tellerOf(state: FleetState): Teller {
  const { name, notify: to = [] } = state.spec;
  return {
    to,
    name,
    state,
    lost: ({ event }, undelivered) => noteFleet(state, `the notice of ${event} was not delivered: ${undelivered}`),
  };
}
