import type { FleetView } from '../../src/contracts/messages';
import type { Fleets } from '../../src/cli/session';

const VIEW: FleetView = {
  fleet: 'spring',
  wave: 1,
  waves: [[{ workload: 'scorer', standing: 'cutover' }], [{ workload: 'ranker', standing: 'waiting' }]],
  paused: true,
  gate: null,
  waitingFor: 'resume',
  decisions: [],
  outcome: null,
};

/** Writes down what it was told. */
export class FakeFleets implements Fleets {
  readonly calls: unknown[][] = [];

  async start(name: string, document: unknown, message: object): Promise<{ workflowId: string; runId: string }> {
    this.calls.push(['start', name, document, message]);
    return { workflowId: `fleet/${name}`, runId: 'run-1' };
  }

  async status(): Promise<FleetView> {
    return VIEW;
  }

  async signal(name: string, signal: string, message: object): Promise<void> {
    this.calls.push(['signal', name, signal, message]);
  }
}
