import type { Command } from 'commander';
import type { Cli } from '../cli';
import { example, onRun } from '../options';

export function addInvokeProxy(program: Command, cli: Cli): void {
  const command = program
    .command('invoke-proxy')
    .description('stand behind a load balancer as a target, and ask a SageMaker endpoint for every request')
    .addHelpText(
      'after',
      [
        '',
        'Environment:',
        '  CROSSFADE_PROXY_LISTEN            host:port for the load balancer; default 127.0.0.1:8080',
        '  CROSSFADE_PROXY_ENDPOINT          name of the SageMaker endpoint',
        '  CROSSFADE_PROXY_HEALTH_PATH       for the load balancer; default /health',
        '  CROSSFADE_PROXY_PATH              the one path that is asked for; default: every path',
        '  CROSSFADE_PROXY_STREAM_PATH       path that is always answered as a stream; default: none',
        '  CROSSFADE_PROXY_CONCURRENCY       requests at a time; more hear 503; default 64',
        '  CROSSFADE_PROXY_TIMEOUT_SECONDS   for an answer to begin, and a stream to go on; default 70',
        '  CROSSFADE_PROXY_BODY_MB           largest body; default 25',
        '  CROSSFADE_PROXY_MEMORY_MB         for bodies of all requests under way; default 256',
        '  CROSSFADE_PROXY_DRAIN_SECONDS     how long requests are taken after SIGTERM; default 15',
        '  AWS_REGION, AWS_PROFILE, …        as the AWS SDK takes them',
      ].join('\n'),
    );
  example(command, 'CROSSFADE_PROXY_LISTEN=0.0.0.0:8080 CROSSFADE_PROXY_ENDPOINT=ranker crossfade invoke-proxy');
  onRun(command, cli, () => cli.runProxy());
}
