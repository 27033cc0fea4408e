/** `crossfade lab …`: a local AWS with live traffic, to try migrations on. */
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { readFileSync } from 'node:fs';
import { findLab, labDown, labUp } from './index';
import type { FaultRule, Lab, SageMakerFault } from './index';
import { DEFAULT_WORKLOAD } from './daemon/lab';
import { labDir, readState, isAlive } from './state';

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function requireLab(): Lab {
  const lab = findLab();
  if (lab === undefined) throw new Error('No lab is running here. Start one: crossfade lab up');
  return lab;
}

function describe(lab: Lab): string {
  const { info } = lab;
  return [
    `Temporal       ${info.temporal}`,
    `Web UI         ${info.ui}`,
    `AWS endpoint   ${info.aws}`,
    `Load balancer  ${info.loadBalancer}   (Host: ${info.workloads.map(({ host }) => host).join(', ')})`,
    `Name server    ${info.dns}`,
    `Source         ${info.source}`,
    `Python         ${info.python}`,
    `State, logs    ${info.dir}`,
    '',
  ].join('\n');
}

const NEXT = `Next:
  eval "$(npx crossfade lab env)"           # this shell speaks to the lab
  npx crossfade lab spec > ranker.yaml
  npx crossfade start ranker.yaml --reason "try it"
  npx crossfade watch ranker`;

async function up(options: { worker?: boolean; json?: boolean }): Promise<void> {
  const lab = await labUp({ worker: options.worker ?? false });
  if (options.json) printJson(lab.info);
  else process.stdout.write(`The lab is up.\n\n${describe(lab)}\n${NEXT}\n`);
}

async function status(options: { json?: boolean }): Promise<void> {
  const lab = findLab();
  const state = readState(labDir());
  const processes = (state?.processes ?? []).map((recorded) => ({ ...recorded, alive: isAlive(recorded) }));
  const traffic =
    lab === undefined
      ? {}
      : Object.fromEntries(
          await Promise.all(lab.info.workloads.map(async ({ name }) => [name, await lab.trafficTotals(name)] as const)),
        );
  if (options.json) return printJson({ running: lab !== undefined, ...(lab?.info ?? {}), processes, traffic });
  if (lab === undefined) {
    process.stdout.write('No lab is running here.\n');
    return;
  }
  process.stdout.write(`${describe(lab)}\n`);
  for (const { name, pid, alive } of processes)
    process.stdout.write(`${name.padEnd(16)} ${String(pid).padStart(7)} ${alive ? 'running' : 'gone'}\n`);
  for (const [name, totals] of Object.entries(traffic)) {
    process.stdout.write(
      `\n${name}: ${totals.total} requests, ${totals.failed} failed, ${totals.toSource} to the source, ${totals.toTarget} to the target\n`,
    );
  }
}

function spec(options: { workload: string; hold?: string; json?: boolean }): void {
  const value = requireLab().spec(options.workload, options.hold === undefined ? {} : { hold: options.hold });
  if (options.json) printJson(value);
  else process.stdout.write(stringify(value));
}

/** As a shell reads it; a value in single quotes is taken as it is. */
function environment(): void {
  for (const [name, value] of Object.entries(requireLab().info.env))
    process.stdout.write(`export ${name}='${value.replaceAll("'", `'\\''`)}'\n`);
}

interface ModelFaultOptions {
  readonly workload: string;
  readonly side: 'source' | 'target';
  readonly latency?: string;
  readonly errors?: string;
  readonly wrong?: boolean;
  readonly unhealthy?: boolean;
  readonly from?: string;
}

async function modelFault(options: ModelFaultOptions): Promise<void> {
  await requireLab().setModelFault(options.workload, options.side, {
    ...(options.latency === undefined ? {} : { extraLatencyMs: Number(options.latency) }),
    ...(options.errors === undefined ? {} : { errorRate: Number(options.errors) }),
    ...(options.wrong ? { wrong: true } : {}),
    ...(options.unhealthy ? { fail: true } : {}),
    ...(options.from === undefined ? {} : { fromWeightPercent: Number(options.from) }),
  });
}

function faultCommand(): Command {
  const fault = new Command('fault').description('break something in the lab, to see what a migration does');
  fault
    .command('model')
    .description('make model servers slow, wrong, failing or unhealthy; without options, heal them')
    .option('--workload <name>', 'which workload', DEFAULT_WORKLOAD)
    .addOption(new Option('--side <side>', 'whose servers').choices(['source', 'target']).default('target'))
    .option('--latency <ms>', 'milliseconds added to every prediction')
    .option('--errors <share>', 'share of predictions answered with 500, 0 to 1')
    .option('--wrong', 'outputs 5 % too large')
    .option('--unhealthy', 'fail health checks')
    .option('--from <percent>', 'only while the target has at least this share of the weight')
    .addHelpText('after', '\nExample:\n  crossfade lab fault model --errors 0.5 --from 50\n')
    .action(modelFault);
  fault
    .command('aws <rule>')
    .description('add a fault rule to the AWS gateway: JSON, or @FILE')
    .addHelpText(
      'after',
      `\nExample:\n  crossfade lab fault aws '{"service":"elasticloadbalancing","operation":"ModifyRule","effect":{"kind":"deny"},"times":1}'\nEffects: throttle, error_before, error_after, slow {ms}, cut_reply, stale_read, deny, outage {as: error|partial|internal_error|empty}\n`,
    )
    .action(async (rule: string) => requireLab().setGatewayFault(readJson(rule) as FaultRule));
  fault
    .command('sagemaker <fault>')
    .description('make something go wrong in SageMaker: JSON, or @FILE')
    .addHelpText(
      'after',
      `\nExample:\n  crossfade lab fault sagemaker '{"kind":"silent_return","endpoint":"ranker"}'\nKinds: silent_return {endpoint, times}, unhealthy {endpoint}, quota {instanceType, value}, shadow_refused, system_update {endpoint}\n`,
    )
    .action(async (text: string) => requireLab().setSageMakerFault(readJson(text) as SageMakerFault));
  fault
    .command('clear')
    .description('remove all rules from the AWS gateway, and all faults and quotas of SageMaker')
    .addHelpText('after', '\nExample:\n  crossfade lab fault clear\n')
    .action(async () => {
      await requireLab().clearGatewayFaults();
      await requireLab().clearSageMakerFaults();
    });
  return fault;
}

function readJson(argument: string): unknown {
  return JSON.parse(argument.startsWith('@') ? readFileSync(argument.slice(1), 'utf8') : argument);
}

interface NewWorkload {
  readonly rate: string;
  readonly trace?: string;
  readonly dns: boolean;
  readonly endpoint: boolean;
}

export function labProgram(): Command {
  const lab = new Command('crossfade lab').description('a local AWS with live traffic, to try migrations on');
  lab
    .command('up')
    .description('start the lab in the background and print its addresses')
    .option('--worker', 'also run the Crossfade worker')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  crossfade lab up --worker\n')
    .action(up);
  lab
    .command('down')
    .description('stop the lab and all its processes')
    .addHelpText('after', '\nExample:\n  crossfade lab down\n')
    .action(() => labDown());
  lab
    .command('status')
    .description('what runs, where, and how the traffic fares')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  crossfade lab status --json\n')
    .action(status);
  lab
    .command('spec')
    .description('print a migration spec that fits the running lab')
    .option('--workload <name>', 'for which workload', DEFAULT_WORKLOAD)
    .option('--hold <duration>', 'length of a cutover step; everything else scales with it')
    .option('--json', 'JSON instead of YAML')
    .addHelpText('after', '\nExample:\n  crossfade lab spec --hold 20s > ranker.yaml\n')
    .action(spec);
  lab
    .command('env')
    .description('print the environment in which a shell speaks to the lab: its Temporal, its AWS')
    .addHelpText('after', '\nExample:\n  eval "$(crossfade lab env)"\n')
    .action(environment);
  lab
    .command('workload <name>')
    .description('add another workload with traffic of its own')
    .option('--rate <perSecond>', 'requests a second', '60')
    .option('--trace <csv>', 'replay arrivals from a CSV with a TIMESTAMP column')
    .option('--dns', 'two stacks that are there already, and users who ask DNS for theirs (Linux only)', false)
    .option('--endpoint', 'a model on a SageMaker endpoint that is there already, behind invoke proxies', false)
    .addHelpText('after', '\nExample:\n  crossfade lab workload search --rate 30\n')
    .action(async (name: string, { rate, trace, ...way }: NewWorkload) => {
      const arrivals = { ratePerSecond: Number(rate), ...(trace === undefined ? {} : { trace }) };
      printJson(await requireLab().addWorkload({ name, ...way, ...arrivals }));
    });
  lab.addCommand(faultCommand());
  return lab;
}

/** `argv` without the program's own name: `['up', '--json']`. Resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await labProgram().parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

if (require.main === module) void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
