import type { Command } from 'commander';
import type { Cli } from '../cli';
import { example, onRun } from '../options';

export function addTap(program: Command, cli: Cli): void {
  const command = program
    .command('tap')
    .description('stand in front of a source server, answer from it, and copy a share of its requests to the target')
    .addHelpText(
      'after',
      [
        '',
        'Environment:',
        '  CROSSFADE_TAP_LISTEN    host:port for users; registered in the source target group in the place of the source',
        '  CROSSFADE_TAP_CONTROL   host:port for the worker; not for users',
        '  CROSSFADE_TAP_SOURCE    URL of the source server',
        '  CROSSFADE_TAP_TOKEN     secret that the worker has too',
        '  CROSSFADE_TAP_METRICS   token (default), or open: GET /metrics on the control port asks for none',
        '  CROSSFADE_TAP_COPY_TIMEOUT_SECONDS   how long the target may take to answer a copy; default 10, at most 25',
      ].join('\n'),
    );
  example(
    command,
    'CROSSFADE_TAP_LISTEN=0.0.0.0:8080 CROSSFADE_TAP_CONTROL=0.0.0.0:9091 \\',
    '    CROSSFADE_TAP_SOURCE=http://127.0.0.1:8081 CROSSFADE_TAP_TOKEN=… crossfade tap',
  );
  onRun(command, cli, () => cli.runTap());
}
