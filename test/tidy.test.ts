import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { ERROR_CATALOG } from '../src/domain/errors';
import { findUndocumentedCodes, findUnreplayedHistories, findUnusedCodes } from './support/tidy/catalogue';
import type { ComposeFile } from './support/tidy/compose';
import { findLooseServices } from './support/tidy/compose';
import { findWrongImports } from './support/tidy/imports';
import { findBrokenLinks, findLinksByLine } from './support/tidy/markdown';
import { findLooseTemporalPins, findSecondCopies } from './support/tidy/packages';
import { generalPolicy, POLICY_LENGTH_MAX } from '../src/domain/iam-policy';
import { POLICY_NAMES } from '../src/domain/iam-template';
import { findCallGaps, findPolicyGaps } from './support/tidy/permissions';
import type { TextFile } from './support/tidy/repository';
import { isMarkdown, isSource, listRepository, read, ROOT } from './support/tidy/repository';
import type { Exceptions } from './support/tidy/sizes';
import { FILE_LINES_MAX, findTooLong, FUNCTION_LINES_MAX, measureFile, measureFunctions } from './support/tidy/sizes';
import { findImpure, findShapelessNames, findUnfinished } from './support/tidy/words';

/*
 * The style guide, held by tests. Each guard is a pure function that returns what is wrong, in sentences; each has an
 * input here that breaks it, so that a guard which looks at nothing cannot pass for a clean repository.
 */

const paths = listRepository();
const sources = paths.filter(isSource).map(read);
const pages = paths.filter(isMarkdown).map(read);
const below = (folder: string): TextFile[] => sources.filter((file) => file.path.startsWith(`${folder}/`));
const exceptions = JSON.parse(read('test/support/tidy/exceptions.json').text) as {
  files: Exceptions;
  functions: Exceptions;
};
const manifest = JSON.parse(read('package.json').text) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;
const codes = Object.keys(ERROR_CATALOG);
/** Asked by whoever runs `crossfade assess`, `init`, `optimise` or `data`. */
const OPERATORS = /^src\/adapters\/(price-list|account(-[a-z]+)?|cost-explorer|s3-store-versions)\.ts$/;
/** What the worker's role is for. */
const workerAdapters = below('src/adapters').filter(({ path: name }) => !OPERATORS.test(name));

const file = (filePath: string, text: string): TextFile => ({ path: filePath, text });

describe('imports', () => {
  test('every file of the repository: imports only what its folder may', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(findWrongImports(sources.filter(({ path: name }) => !name.startsWith('bin/')))).toEqual([]);
  });

  test.each([
    ['the domain on anything else', 'src/domain/plan.ts', "import { judge } from '../analysis/judge';"],
    ['a type counts', 'src/domain/plan.ts', "import type { Route } from '../contracts/activities';"],
    [
      'a type in the middle of a line counts',
      'src/analysis/judge.ts',
      "type A = import('../ports/ledger').LedgerStore;",
    ],
    ['a re-export counts', 'src/contracts/messages.ts', "export type { Route } from '../ports/ledger';"],
    ['a require counts', 'src/ports/ledger.ts', "const fs = require('node:fs');"],
    ['workflows on the AWS SDK', 'src/workflows/migrate.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['workflows on zod through spec', 'src/workflows/migrate.ts', "import { parseSpec } from '../spec';"],
    ['workflows on Node', 'src/workflows/phases/cutover.ts', "import { join } from 'path';"],
    ['activities on an adapter', 'src/activities/traffic.ts', "import { AlbRouter } from '../adapters/alb';"],
    ['adapters on activities', 'src/adapters/alb.ts', "import { hashOf } from '../activities/canonical-json';"],
    ['anything in src on the lab', 'src/cli/main.ts', "import { labUp } from '../../lab';"],
    ['the worker on the command line', 'src/worker.ts', "import { main } from './cli/main';"],
    ['set-up on a package', 'scripts/setup.mjs', "import pLimit from 'p-limit';"],
    ['a folder that the table does not know', 'src/utilities/x.ts', ''],
  ])('findWrongImports: refuses %s', (_name, filePath, text) => {
    expect(findWrongImports([file(filePath, text)])).toHaveLength(1);
  });

  test.each([
    ['a neighbour', 'src/workflows/phases/cutover.ts', "import { must } from '../wait';"],
    ['a folder by its index', 'src/activities/spec.ts', "import { parseSpec } from '../spec';"],
    ['a single file of the table', 'src/worker.ts', "import { loadConfig } from './config';"],
    ['what a comment says', 'src/domain/plan.ts', "// import { x } from '../adapters/alb';"],
  ])('findWrongImports: allows %s', (_name, filePath, text) => {
    expect(findWrongImports([file(filePath, text)])).toEqual([]);
  });
});

describe('sizes', () => {
  test('every file: has at most 400 lines, or its place on the list of exceptions', () => {
    expect(findTooLong(sources.map(measureFile), FILE_LINES_MAX, exceptions.files)).toEqual([]);
  });

  test('every function: has at most 70 lines, or its place on the list of exceptions', () => {
    expect(findTooLong(sources.flatMap(measureFunctions), FUNCTION_LINES_MAX, exceptions.functions)).toEqual([]);
  });

  test.each<[string, number, Exceptions, string]>([
    ['one line too many', 71, {}, 'at most 70'],
    ['an exception that is outgrown', 81, { 'a.ts#f': 80 }, 'at most 80'],
    ['an exception that is not needed any more', 70, { 'a.ts#f': 80 }, 'take it off'],
    ['an exception that could be smaller', 75, { 'a.ts#f': 80 }, 'shrinks from 80'],
    ['an exception for what is gone', 10, { 'a.ts#g': 80 }, 'take it off'],
  ])('findTooLong: tells %s', (_name, lines, allowed, words) => {
    expect(findTooLong([{ name: 'a.ts#f', lines }], 70, allowed)).toEqual([expect.stringContaining(words)]);
  });

  test('findTooLong: the limit itself passes', () => {
    expect(findTooLong([{ name: 'a.ts', lines: 70 }], 70)).toEqual([]);
  });

  test('measureFile: a line break at the end begins no line', () => {
    expect(measureFile(file('a.ts', 'one\ntwo\n'))).toEqual({ name: 'a.ts', lines: 2 });
  });

  test('measureFunctions: finds functions, arrows and methods by name, and the tests inside a describe block', () => {
    const text = [
      'function one() {',
      '}',
      'const two = () => {',
      '  three();',
      '};',
      'class Four { five() { return 1; } }',
      "describe('chapter', () => {",
      "  test('six', () => {",
      '  });',
      '});',
    ].join('\n');
    const measured = Object.fromEntries(measureFunctions(file('a.ts', text)).map(({ name, lines }) => [name, lines]));
    expect(measured).toEqual({ 'a.ts#one': 2, 'a.ts#two': 3, 'a.ts#five': 1, 'a.ts#six': 2 });
  });
});

describe('words', () => {
  test('every file: leaves no work behind in a comment', () => {
    expect(findUnfinished([...sources, ...pages])).toEqual([]);
  });

  test('domain, analysis and report: know no clock and no randomness', () => {
    expect(findImpure(['domain', 'analysis', 'report'].flatMap((name) => below(`src/${name}`)))).toEqual([]);
  });

  test('every file and folder: is named after what it holds', () => {
    expect(findShapelessNames(paths)).toEqual([]);
  });

  test.each(['// FIX' + 'ME: later', '/* TO' + 'DO */', '# XX' + 'X'])('findUnfinished: tells %s', (text) => {
    expect(findUnfinished([file('a.ts', `fine\n${text}`)])).toEqual([`a.ts:2: ${text}`]);
  });

  test.each([
    'Date.now()',
    'Math.random()',
    'new Date()',
    'new Date',
    'const now = Date.now;',
    'setTimeout(f, 1)',
    'Date()',
  ])('findImpure: tells %s', (text) => {
    expect(findImpure([file('a.ts', text)])).toHaveLength(1);
  });

  test.each(['new Date(atMs)', '// Date.now()', "'Math.random()'", 'Math.round(x)'])(
    'findImpure: allows %s',
    (text) => {
      expect(findImpure([file('a.ts', text)])).toEqual([]);
    },
  );

  test.each(['src/utils.ts', 'src/helpers/x.ts', 'test/common.test.ts', 'src/Util.mjs'])(
    'findShapelessNames: tells %s',
    (name) => {
      expect(findShapelessNames([name])).toHaveLength(1);
    },
  );
});

describe('errors and histories', () => {
  test('every error code: has a paragraph in the runbook, and every paragraph a code', () => {
    expect(findUndocumentedCodes(codes, read('docs/runbooks/errors.md').text)).toEqual([]);
  });

  test('every error code: is used outside the catalogue', () => {
    expect(
      findUnusedCodes(
        codes,
        below('src').filter(({ path: name }) => name !== 'src/domain/errors.ts'),
      ),
    ).toEqual([]);
  });

  test('every recorded history: is replayed by a test, and one of them must be rejected', () => {
    const histories = paths.filter((name) => /^test\/replay\/.*\.json$/.test(name));
    expect(findUnreplayedHistories(histories, below('test/replay'))).toEqual([]);
    expect(histories.filter((name) => name.includes('/must-fail/'))).not.toEqual([]);
  });

  test('findUndocumentedCodes: tells a code without a paragraph, an empty one, and a paragraph without a code', () => {
    const runbook = '# Errors\n\n## Known\n\nMeans something.\n\n## Empty\n\n## Gone\n\nMeant something.\n';
    expect(findUndocumentedCodes(['Known', 'Empty', 'New'], runbook)).toEqual([
      expect.stringContaining('Empty'),
      expect.stringContaining('New'),
      expect.stringContaining('Gone'),
    ]);
  });

  test('findUnusedCodes: a code in a sentence is not used, a quoted one is', () => {
    expect(findUnusedCodes(['NotFound'], [file('a.ts', '// @throws NotFound')])).toHaveLength(1);
    expect(findUnusedCodes(['NotFound'], [file('a.ts', "throw new MigrationError('NotFound', text)")])).toEqual([]);
  });

  test.each<[string, string[], string]>([
    ['a missing folder', [], "readdirSync('histories')"],
    ['a history that no test names', ['test/replay/histories/a.json'], "replay('b')"],
    ['a test that reads another folder', ['test/replay/histories/a.json'], "readdirSync('must-fail')"],
  ])('findUnreplayedHistories: tells %s', (_name, histories, text) => {
    expect(findUnreplayedHistories(histories, [file('test/replay/replay.test.ts', text)])).toHaveLength(1);
  });

  test.each(["replay('a.json')", "readdirSync(join(__dirname, 'histories'))"])(
    'findUnreplayedHistories: allows %s',
    (text) => {
      expect(
        findUnreplayedHistories(['test/replay/histories/a.json'], [file('test/replay/replay.test.ts', text)]),
      ).toEqual([]);
    },
  );
});

describe('pages', () => {
  const folders = paths.flatMap((name) => name.split('/').map((_, index, parts) => parts.slice(0, index).join('/')));
  const existing = new Set([...paths, ...folders]);

  test('every Markdown link: points to what is there, and to no line', () => {
    expect(findBrokenLinks(pages, existing)).toEqual([]);
    expect(findLinksByLine(pages)).toEqual([]);
  });

  test.each([
    ['a file that is not there', 'see [it](nowhere.md)'],
    ['a heading that is not there', 'see [it](#nothing)'],
    ['a heading of another page that is not there', 'see [it](b.md#nothing)'],
    ['an image that is not there', '![it](images/none.png)'],
    ['a reference that is not there', 'see [it][1]\n\n[1]: nowhere.md'],
  ])('findBrokenLinks: tells %s', (_name, text) => {
    const tried = [file('docs/a.md', text), file('docs/b.md', '# B')];
    expect(findBrokenLinks(tried, new Set(['docs/a.md', 'docs/b.md']))).toHaveLength(1);
  });

  test.each([
    ['a neighbour', '[b](b.md)'],
    ['a heading', '[b](b.md#what-it-is)'],
    ['the way up', '[readme](../README.md)'],
    ['the web', '[docs](https://docs.temporal.io/x#y)'],
    ['what stands in code', '`[x](nowhere.md)`'],
    ['what stands in a comment', '<!-- ![x](images/none.png) -->'],
  ])('findBrokenLinks: allows %s', (_name, text) => {
    const tried = [file('docs/a.md', text), file('docs/b.md', '# B\n\n## What it is')];
    expect(findBrokenLinks(tried, new Set(['docs/a.md', 'docs/b.md', 'README.md']))).toEqual([]);
  });

  test.each(['[x](../src/worker.ts#L12)', '[x](../src/worker.ts:12)', '[x](../src/worker.ts#L1-L9)'])(
    'findLinksByLine: tells %s',
    (text) => {
      expect(findLinksByLine([file('docs/a.md', text)])).toHaveLength(1);
    },
  );
});

describe('packages and images', () => {
  const temporal = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) =>
    name.startsWith('@temporalio/'),
  );

  test('Temporal: all parts are pinned to one exact version', () => {
    expect(temporal.length).toBeGreaterThan(3);
    expect(findLooseTemporalPins({ ...manifest.dependencies, ...manifest.devDependencies })).toEqual([]);
  });

  test('protobufjs: the product and every Temporal package get the same copy', () => {
    const copyFor = (asker: string): string => realpathSync(createRequire(asker).resolve('protobufjs'));
    const packages = ['@temporalio/proto', ...temporal].map((name): [string, string] => [
      name,
      path.join(ROOT, 'node_modules', name, 'package.json'),
    ]);
    const copies = packages
      .filter(([, folder]) => existsSync(folder))
      .map(([name, folder]): [string, string] => [name, copyFor(folder)]);
    expect(copies.length).toBeGreaterThan(3);
    expect(
      findSecondCopies({ crossfade: copyFor(path.join(ROOT, 'package.json')), ...Object.fromEntries(copies) }),
    ).toEqual([]);
  });

  test('docker-compose.yml: images are pinned, ports are local, services say whether they are well', () => {
    expect(findLooseServices(parseYaml(read('docker-compose.yml').text) as ComposeFile)).toEqual([]);
  });

  test('docs/iam-policy*.json: are made of the table of statements, and each fits', () => {
    for (const name of POLICY_NAMES) {
      const policy = JSON.parse(read(`docs/iam-policy${name === 'base' ? '' : `-${name}`}.json`).text) as unknown;
      expect(policy).toEqual(generalPolicy(name));
      expect(JSON.stringify(policy).length).toBeLessThan(POLICY_LENGTH_MAX);
    }
  });

  test('the statements: together allow what the adapters call and nothing else', () => {
    const together = { Statement: POLICY_NAMES.flatMap((name) => generalPolicy(name).Statement) };
    expect(findPolicyGaps(together, workerAdapters)).toEqual([]);
  });

  test('the table of calls: names what the adapters call and nothing else', () => {
    const tables = ['src/domain/aws-calls.ts', 'src/domain/aws-calls-beside.ts'].map((name) => read(name).text);
    expect(findCallGaps(tables.join('\n'), workerAdapters)).toEqual([]);
    const adapter = file('a.ts', "import { PutObjectCommand } from '@aws-sdk/client-s3';");
    expect(findCallGaps("s3('GetObject')", [adapter])).toHaveLength(2);
  });

  test('findPolicyGaps: tells a call that is not allowed, and a permission that nothing needs', () => {
    const policy = { Statement: [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:DeleteBucket'] }] };
    const adapter = file('a.ts', "import { HeadObjectCommand, S3Client, PutObjectCommand } from '@aws-sdk/client-s3';");
    expect(findPolicyGaps(policy, [adapter])).toEqual([
      's3:PutObject is called and not allowed',
      's3:DeleteBucket is allowed and not called',
    ]);
  });

  test.each([
    ['a range', { '@temporalio/client': '^1.24.0' }],
    ['two versions', { '@temporalio/client': '1.24.0', '@temporalio/worker': '1.23.0' }],
  ])('findLooseTemporalPins: tells %s', (_name, dependencies) => {
    expect(findLooseTemporalPins(dependencies)).toHaveLength(1);
  });

  test('findSecondCopies: tells who gets which', () => {
    expect(findSecondCopies({ crossfade: '/a', '@temporalio/proto': '/b' })).toEqual([
      'crossfade gets /a',
      '@temporalio/proto gets /b',
    ]);
    expect(findSecondCopies({})).toHaveLength(1);
    expect(findSecondCopies({ crossfade: '/a', '@temporalio/proto': '/a' })).toEqual([]);
  });

  test.each<[string, ComposeFile]>([
    ['an image without a version', { services: { db: { image: 'postgres', healthcheck: {} } } }],
    ['the latest image', { services: { db: { image: 'postgres:latest', healthcheck: {} } } }],
    ['a major version alone', { services: { db: { image: 'postgres:16', healthcheck: {} } } }],
    [
      'a port on every interface',
      { services: { db: { image: 'postgres:16.4', healthcheck: {}, ports: ['5432:5432'] } } },
    ],
    ['no health check', { services: { db: { image: 'postgres:16.4' } } }],
    ['nothing at all', {}],
  ])('findLooseServices: tells %s', (_name, compose) => {
    expect(findLooseServices(compose)).toHaveLength(1);
  });
});
