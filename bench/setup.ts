/**
 * `npm run bench:setup`: what a newcomer waits for. A clone of the committed state, every cache empty: set-up, then the
 * demo, and the memory of all that the demo starts.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageRoot } from '../lab/tools';
import { descendantsOf, processMb } from './support/memory';
import { runBench, say } from './support/report';
import type { Measured } from './support/report';

const LIMITS = { setupSeconds: 8 * 60, demoSeconds: 2 * 60, labMbMax: 1_600, demoExitCode: 0 };

const SAMPLE_EVERY_MS = 2_000;

async function measure(): Promise<Measured> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'crossfade-bench-setup-'));
  try {
    const clone = path.join(folder, 'crossfade');
    execFileSync('git', ['clone', '--quiet', packageRoot(), clone]);
    const env = withEmptyCaches(folder);
    const setup = await timed(clone, env, ['run', '--silent', 'setup']);
    if (setup.code !== 0) throw new Error(`set-up ended with ${setup.code}`);
    say(`set-up took ${setup.seconds.toFixed(0)} s`);
    const demo = await timed(clone, env, ['run', '--silent', 'demo', '--', '--json']);
    return {
      figures: {
        setupSeconds: setup.seconds,
        demoSeconds: demo.seconds,
        demoExitCode: demo.code,
        labMbMax: demo.mbMax,
      },
      ratios: {},
    };
  } finally {
    // Go's cache of modules is write-protected.
    execFileSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the user configured, such as registries, stays; what was ever fetched is not there. */
function withEmptyCaches(folder: string): NodeJS.ProcessEnv {
  const { CROSSFADE_TEMPORAL: _temporal, PATH = '', ...rest } = process.env;
  const withoutTemporal = PATH.split(path.delimiter).filter((each) => !existsSync(path.join(each, 'temporal')));
  const empty = (name: string): string => path.join(folder, name);
  return {
    ...rest,
    PATH: withoutTemporal.join(path.delimiter),
    CROSSFADE_CACHE: empty('cache'),
    npm_config_cache: empty('npm'),
    GOPATH: empty('go'),
    GOMODCACHE: empty('go/pkg/mod'),
    GOCACHE: empty('go-build'),
    PIP_CACHE_DIR: empty('pip'),
  };
}

interface Timed {
  readonly seconds: number;
  readonly code: number;
  /** Most that everything below the command held at once. Unit: MB. */
  readonly mbMax: number;
}

async function timed(cwd: string, env: NodeJS.ProcessEnv, npmArguments: readonly string[]): Promise<Timed> {
  const startedAt = Date.now();
  const child = spawn('npm', npmArguments, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  let mbMax = 0;
  const sampling = setInterval(() => {
    const mb = descendantsOf(child.pid ?? 0).reduce((sum, pid) => sum + processMb(pid).pss, 0);
    mbMax = Math.max(mbMax, mb);
  }, SAMPLE_EVERY_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(sampling);
  return { seconds: (Date.now() - startedAt) / 1_000, code: code ?? 1, mbMax };
}

if (require.main === module) void runBench('setup', LIMITS, measure);
