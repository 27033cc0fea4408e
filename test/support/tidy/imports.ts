import { builtinModules } from 'node:module';
import path from 'node:path/posix';
import ts from 'typescript';
import type { TextFile } from './repository';

/** What a folder may import besides itself. Types count. */
export interface Layer {
  /** Folders, or single files, of this repository. */
  readonly folders: readonly string[];
  /** Packages by name; `*` at the end stands for anything, `node:*` for everything that Node brings. */
  readonly packages: readonly string[];
}

const ANY = ['*'];
const NODE = 'node:*';

/** The most specific key that contains a file is its layer. A file without a layer may not exist. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  'src/domain': { folders: [], packages: [] },
  'src/analysis': { folders: ['src/domain'], packages: [] },
  'src/assess': { folders: ['src/domain'], packages: [] },
  'src/optimise': { folders: ['src/domain', 'src/assess'], packages: [] },
  'src/report': { folders: ['src/domain', 'src/analysis'], packages: ['node:crypto'] },
  'src/contracts': { folders: ['src/domain'], packages: [] },
  'src/ports': { folders: ['src/domain'], packages: [] },
  'src/spec': { folders: ['src/domain'], packages: ['zod', 'yaml', NODE] },
  'src/workflows': {
    folders: ['src/domain', 'src/analysis', 'src/contracts'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  'src/activities': {
    folders: ['src/domain', 'src/analysis', 'src/report', 'src/spec', 'src/contracts', 'src/ports'],
    packages: ['@temporalio/activity', '@temporalio/common', 'node:crypto'],
  },
  'src/server': { folders: ['src/domain'], packages: [NODE] },
  'src/data': { folders: ['src/domain', 'src/ports'], packages: ['picomatch', NODE] },
  'src/tap': {
    folders: ['src/domain', 'src/analysis', 'src/ports', 'src/adapters', 'src/server'],
    packages: ['prom-client', NODE],
  },
  'src/proxy': {
    folders: ['src/domain', 'src/server'],
    packages: ['@aws-sdk/client-sagemaker', '@aws-sdk/client-sagemaker-runtime', '@smithy/*', NODE],
  },
  'src/adapters': {
    folders: ['src/domain', 'src/ports'],
    packages: ['@aws-sdk/*', '@temporalio/client', '@temporalio/common', '@temporalio/worker', NODE],
  },
  'src/telemetry': {
    folders: ['src/contracts', 'src/activities'],
    packages: ['@opentelemetry/*', '@temporalio/*', NODE],
  },
  'src/config.ts': { folders: ['src/domain', 'src/adapters'], packages: ['@temporalio/*', 'node:net'] },
  'src/worker.ts': {
    folders: [
      'src/domain',
      'src/analysis',
      'src/contracts',
      'src/ports',
      'src/activities',
      'src/adapters',
      'src/data',
      'src/tap',
      'src/telemetry',
      'src/config.ts',
    ],
    packages: ['@temporalio/*', NODE],
  },
  'src/cli': { folders: ['src'], packages: ANY },
  lab: { folders: ['src'], packages: ANY },
  bench: { folders: ['src', 'lab', 'test/support'], packages: ANY },
  test: { folders: ['src', 'lab', 'bench'], packages: ANY },
  // They run before anything is installed.
  scripts: { folders: [], packages: [NODE] },
  'scripts/build.mjs': { folders: [], packages: ANY },
  // Runs a lab, so everything is built by then.
  'scripts/screenshot.mjs': {
    folders: ['dist/lab', 'scripts'],
    packages: ['@temporalio/client', 'playwright-core', NODE],
  },
  // Runs inside the image, where everything is.
  'scripts/worker-health.mjs': { folders: ['dist/src'], packages: ['@temporalio/*', NODE] },
};

/** Everything that a file loads or names the types of, as it is written. */
export function specifiersOf(file: TextFile): string[] {
  const { importedFiles } = ts.preProcessFile(file.text, true, true);
  return [...new Set(importedFiles.map((imported) => imported.fileName))];
}

/** @returns one sentence for each import that points the wrong way. */
export function findWrongImports(
  files: readonly TextFile[],
  layers: Readonly<Record<string, Layer>> = LAYERS,
): string[] {
  return files.flatMap((file) => {
    const name = layerOf(file.path, layers);
    const layer = name === undefined ? undefined : layers[name];
    if (name === undefined || layer === undefined) return [`${file.path}: belongs to no layer of the table`];
    return specifiersOf(file)
      .filter((specifier) => !isAllowed(file.path, specifier, name, layer))
      .map((specifier) => `${file.path}: ${name} may not import ${specifier}`);
  });
}

function layerOf(filePath: string, layers: Readonly<Record<string, Layer>>): string | undefined {
  const candidates = Object.keys(layers).filter((name) => isIn(filePath, name));
  return candidates.sort((a, b) => b.length - a.length)[0];
}

function isAllowed(filePath: string, specifier: string, name: string, layer: Layer): boolean {
  if (!specifier.startsWith('.')) return layer.packages.some((pattern) => matches(specifier, pattern));
  const target = path.join(path.dirname(filePath), specifier);
  // `../domain` is the folder itself, `../config` the file `config.ts`.
  return [name, ...layer.folders].some((folder) => isIn(target, folder) || `${target}.ts` === folder);
}

function isIn(filePath: string, folder: string): boolean {
  return filePath === folder || filePath.startsWith(`${folder}/`);
}

function matches(specifier: string, pattern: string): boolean {
  const full = builtinModules.includes(specifier) ? `node:${specifier}` : specifier;
  if (pattern.endsWith('*')) return full.startsWith(pattern.slice(0, -1));
  return full === pattern || full.startsWith(`${pattern}/`);
}
