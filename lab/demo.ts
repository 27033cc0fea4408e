/** `npm run demo`: a whole migration in the lab, watched in the terminal. */
import { Command, Option } from 'commander';
import { Client, Connection } from '@temporalio/client';
import { migrationId } from '../src/contracts/messages';
import { Drive } from './drive';
import type { Sample } from './drive';
import { findLab, labDown, labUp } from './index';
import type { Lab } from './index';
import { createScreen } from './screen';
import type { Screen } from './screen';
import { SCENARIO_NAMES, SCENARIOS } from './scenarios';
import type { LabSpec, Scenario, ScenarioEnd, ScenarioName } from './scenarios';
import { ROAD_NAMES, ROADS } from './spec';
import type { Road } from './spec';

export interface DemoOptions {
  readonly scenario: ScenarioName;
  readonly road: Road;
  readonly json: boolean;
  readonly keep: boolean;
}

export interface DemoResult {
  readonly outcome: string;
  readonly phases: readonly { readonly name: string; readonly verdict: string; readonly seconds: number }[];
  readonly weights: readonly { readonly at: number; readonly wanted: number; readonly observed: number | null }[];
  readonly requests: {
    readonly total: number;
    readonly failed: number;
    readonly toSource: number;
    readonly toTarget: number;
    readonly mirrored: number;
    readonly mirrorUnaccounted: number;
  };
  /** From the request, or the breach, to weights restored and read back. null: nothing was rolled back. */
  readonly rollbackMs: number | null;
  readonly historyEvents: number;
  readonly ledgerRecords: number;
  readonly ui: string;
}

/** Runs one scenario for one workload of a lab that is up, with a worker. Also what the end-to-end tests call. */
export async function runScenario(
  lab: Lab,
  workload: string,
  name: ScenarioName,
  onSample: (sample: Sample) => void,
  spec: Record<string, unknown> = lab.spec(workload),
): Promise<{ result: DemoResult; broken: string[] }> {
  const scenario: Scenario = SCENARIOS[name];
  const connection = await Connection.connect({ address: lab.info.temporal });
  try {
    const drive = new Drive(lab, new Client({ connection }), workload, onSample);
    await drive.start(scenario.shape === undefined ? spec : scenario.shape(spec as unknown as LabSpec));
    const end = await scenario.act(drive);
    return { result: await sumUp(drive, end), broken: scenario.broken(end, drive) };
  } finally {
    await connection.close();
  }
}

async function sumUp(drive: Drive, { sample, outcome }: ScenarioEnd): Promise<DemoResult> {
  const { status } = sample;
  const totals = await drive.lab.trafficTotals(drive.workload);
  const { rollback } = status;
  return {
    outcome,
    phases: status.phases,
    weights: drive.weights,
    requests: {
      total: totals.total,
      failed: totals.failed,
      toSource: totals.toSource,
      toTarget: totals.toTarget,
      mirrored: status.shadow.mirrored,
      mirrorUnaccounted: status.shadow.unaccounted,
    },
    rollbackMs: rollback?.restoredAt == null ? null : rollback.restoredAt - rollback.requestedAt,
    historyEvents: await drive.historyEvents(),
    ledgerRecords: status.ledgerRecords,
    ui: workflowPage(drive.lab, drive.workload),
  };
}

export function workflowPage(lab: Lab, workload: string): string {
  return `${lab.info.ui}/namespaces/default/workflows/${encodeURIComponent(migrationId(workload))}`;
}

async function demo(options: DemoOptions): Promise<number> {
  const screen = createScreen(options.json ? process.stderr : process.stdout);
  screen.say(`Scenario ${options.scenario}: ${SCENARIOS[options.scenario].promise}`);
  screen.say(`Road ${options.road}: ${ROADS[options.road]}`);
  screen.say('Starting the lab: Temporal, the AWS emulators, model servers, live traffic …');
  let lab: Lab | undefined;
  try {
    // A migration needs an account in which nothing was migrated yet.
    if (findLab() !== undefined) screen.say('A lab is still there from before; it is stopped first.');
    await labDown();
    lab = await labUp({ worker: true });
    return await show(lab, options, screen);
  } catch (error) {
    if (isStopping) return 130;
    const reason = error instanceof Error ? error.message : String(error);
    screen.say(`The demo failed: ${reason}`);
    if (options.json) process.stdout.write(`${JSON.stringify(failedResult(reason, lab))}\n`);
    return 1;
  } finally {
    if (lab !== undefined && !options.keep) await lab.down();
  }
}

/** A scenario that did not come to its end: the form of a result, with nothing in it that was not seen. */
function failedResult(reason: string, lab: Lab | undefined): DemoResult & { readonly reason: string } {
  return {
    outcome: 'failed',
    reason,
    phases: [],
    weights: [],
    requests: { total: 0, failed: 0, toSource: 0, toTarget: 0, mirrored: 0, mirrorUnaccounted: 0 },
    rollbackMs: null,
    historyEvents: 0,
    ledgerRecords: 0,
    ui: lab?.info.ui ?? '',
  };
}

async function show(lab: Lab, options: DemoOptions, screen: Screen): Promise<number> {
  const workload = await workloadOn(lab, options.road);
  screen.say(`Watch it in the Temporal Web UI: ${workflowPage(lab, workload)}`);
  const spec = lab.spec(workload, { road: options.road });
  const { result, broken } = await runScenario(lab, workload, options.scenario, (sample) => screen.show(sample), spec);
  screen.sumUp(result, broken);
  if (options.keep) screen.say(`The lab keeps running. UI: ${result.ui}\nStop it with: npx crossfade lab down`);
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return broken.length === 0 ? 0 : 1;
}

/** The lab's own workload is behind its load balancer; one behind DNS, or on an endpoint, takes its place. */
async function workloadOn(lab: Lab, road: Road): Promise<string> {
  const own = lab.info.workloads[0]?.name ?? 'ranker';
  if (road === 'alb' || road === 'sagemaker-proxy') return own;
  await lab.setTraffic(own, { ratePerSecond: 0 });
  const way = road === 'route53' ? { name: `${own}-dns`, dns: true } : { name: `${own}-endpoint`, endpoint: true };
  return (await lab.addWorkload(way)).name;
}

/** Somebody asked for the end; what fails from then on is no news. */
let isStopping = false;

/** The lab must not outlive a demo that is stopped by hand. */
function stopOnSignal(keep: boolean): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      isStopping = true;
      process.stderr.write(
        keep ? '\nThe lab keeps running. Stop it with: npx crossfade lab down\n' : '\nStopping the lab …\n',
      );
      const stopped = keep ? Promise.resolve() : labDown();
      void stopped.finally(() => process.exit(130));
    });
  }
}

function listed<Name extends string>(names: readonly Name[], textOf: (name: Name) => string): string {
  return names.map((name) => `  ${name.padEnd(18)} ${textOf(name)}`).join('\n');
}

export async function main(argv: string[]): Promise<void> {
  const program = new Command('demo')
    .description('A whole migration on this machine: real Temporal, real AWS SDK calls, live traffic.')
    .addOption(new Option('--scenario <name>', 'what happens on the way').choices(SCENARIO_NAMES).default('healthy'))
    .addOption(
      new Option('--road <name>', 'by what the traffic moves, and where to').choices(ROAD_NAMES).default('alb'),
    )
    .option('--json', 'one JSON object as the last line of standard output; progress goes to standard error', false)
    .option('--keep', 'leave the lab running afterwards', false)
    .addHelpText(
      'after',
      `\nScenarios:\n${listed(SCENARIO_NAMES, (name) => SCENARIOS[name].promise)}\n\nRoads:\n${listed(ROAD_NAMES, (name) => ROADS[name])}\n\nExample: npm run demo -- --scenario failing-target --road sagemaker-proxy`,
    );
  program.parse(argv);
  const options = program.opts<DemoOptions>();
  const { roads = ROAD_NAMES } = SCENARIOS[options.scenario] as Scenario;
  if (!roads.includes(options.road))
    program.error(`--scenario ${options.scenario} is there for --road ${roads.join(', ')}, not ${options.road}`);
  stopOnSignal(options.keep);
  process.exitCode = await demo(options);
}

if (require.main === module) void main(process.argv);
