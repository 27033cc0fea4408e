/** The programs that `scripts/setup.mjs` found or fetched. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Tools {
  /** The `temporal` CLI. */
  readonly temporal: string;
  /** Python of the virtual environment with moto and ministack. */
  readonly python: string;
  /** The virtual environment's folder. */
  readonly venv: string;
  /** botocore's `data` folder in it. */
  readonly botocoreData: string;
}

/** The package's root: the folder above this file, compiled or not, that holds package.json. */
export function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const above = path.dirname(folder);
    if (above === folder) throw new Error(`no package.json above ${__dirname}`);
    folder = above;
  }
  return folder;
}

/** A compiled program of ours, e.g. `lab/daemon.js`. */
export function program(name: string): string {
  return path.join(packageRoot(), 'dist', name);
}

export function readTools(): Tools {
  const file = path.join(packageRoot(), 'dist', 'tools.json');
  if (!existsSync(file)) throw new Error('The lab is not set up yet. Run: npm run setup');
  return JSON.parse(readFileSync(file, 'utf8')) as Tools;
}
