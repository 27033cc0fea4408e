import type { Command } from 'commander';
import { migrationId } from '../../contracts/messages';
import { planMigration } from '../../domain/plan';
import type { MigrationSpec } from '../../domain/spec';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { example, messageOf, onRun, print, withMessage } from '../options';
import type { MessageFlags } from '../options';
import { planLines } from '../plan-text';

interface StartFlags extends MessageFlags {
  readonly dryRun?: boolean;
  readonly adopt?: boolean;
}

export function addStart(program: Command, cli: Cli): void {
  const command = program
    .command('start')
    .argument('<file>', 'spec, YAML or JSON')
    .description('check a spec and start its migration')
    .option('--dry-run', 'check and print the plan, start nothing')
    .option('--adopt', 'take over what an earlier run of this workload left behind');
  example(withMessage(command, cli), 'crossfade start ranker.yaml --reason "move to AWS, ticket 4711"');
  onRun<StartFlags>(command, cli, async (file, flags) => {
    const { parseSpec, readSpecFile } = cli.spec();
    const document = readSpecFile(file);
    // Checked here for an answer at once; the workflow checks again, because the Web UI starts it without us.
    const spec = parseSpec(document);
    if (flags.dryRun) return printPlan(cli, flags, spec);
    const input = flags.adopt ? { ...(document as object), adopt: true } : document;
    await startMigration(cli, flags, spec.workload, input);
  });
}

function printPlan(cli: Cli, flags: StartFlags, spec: MigrationSpec): void {
  const plan = planMigration(spec);
  const wouldStart = `dry run: would start ${migrationId(spec.workload)}`;
  print(cli, flags, { dryRun: true, workflowId: migrationId(spec.workload), plan }, [
    ...planLines(plan, spec),
    '',
    wouldStart,
  ]);
}

async function startMigration(cli: Cli, flags: StartFlags, workload: string, document: unknown): Promise<void> {
  await withSession(cli, flags, async (session) => {
    const started = await session.start(workload, document, messageOf(cli, flags));
    const { address, namespace } = session;
    print(cli, flags, { workload, ...started, address, namespace }, [
      `started ${started.workflowId}, run ${started.runId} (${address}, namespace ${namespace})`,
      `  follow it   crossfade watch ${workload}`,
      `  stop it     crossfade rollback ${workload} --reason "…"`,
    ]);
  });
}
