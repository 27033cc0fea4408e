import type { Command } from 'commander';
import { dataId } from '../../contracts/messages';
import { followed, syncEveryMs } from '../../domain/data-freeze';
import { MigrationError } from '../../domain/errors';
import { formatDuration } from '../../domain/quantity';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { partSchedule } from '../part-schedule';
import type { ConnectionFlags } from '../session';

interface SyncFlags extends CommonFlags, ConnectionFlags {
  readonly schedule?: boolean;
  readonly unschedule?: boolean;
}

/** The data of a spec, brought to the target before there is a migration: once, or by a Temporal Schedule. */
export function addSync(program: Command, cli: Cli): void {
  const command = program
    .command('sync-data')
    .argument('<file>', 'spec, YAML or JSON')
    .description("bring a spec's data to the target without a migration, once or by a schedule")
    .option('--schedule', 'again and again, every syncEvery, until the migration itself follows the data')
    .option('--unschedule', 'take the schedule away');
  example(withJson(command), 'crossfade sync-data ranker.yaml --schedule');
  onRun<SyncFlags>(command, cli, async (file, flags) => {
    const { parseSpec, readSpecFile } = cli.spec();
    const document = readSpecFile(file);
    const spec = parseSpec(document);
    const { workload } = spec;
    const id = dataId(workload);
    await withSession(cli, flags, async (session) => {
      if (flags.unschedule) {
        const was = await session.schedules.delete(id);
        return print(cli, flags, { schedule: id, deleted: was }, [
          was ? `schedule ${id} is gone` : `there is no schedule ${id}`,
        ]);
      }
      if (!flags.schedule) {
        const started = await session.startSync(workload, document);
        return print(cli, flags, started, [`started ${started.workflowId}, run ${started.runId}`]);
      }
      if (followed(spec.data).length === 0)
        throw new MigrationError('SpecInvalid', 'data: no data set has syncEvery, so there is nothing to repeat');
      const everyMs = syncEveryMs(spec.data);
      const made = await session.schedules.put(partSchedule('sync', workload, document, { everyMs }));
      print(cli, flags, { schedule: id, made, everyMs }, [`schedule ${id} ${made}: every ${formatDuration(everyMs)}`]);
    });
  });
}
