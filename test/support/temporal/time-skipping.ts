/**
 * A Temporal server that skips time, for the few tests of true durations. It is a Java program: taken from the cache,
 * else fetched by Maven, else downloaded by the SDK. Where none of that works there is no such server.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { packageRoot } from '../../../lab/tools';
import { SEARCH_ATTRIBUTES } from '../../../src/worker';
import { quietRuntime } from './server';

/** Numbers of Temporal's IndexedValueType. */
const INDEXED_VALUE_TYPES = { Keyword: 2, Int: 3 } as const;
const VERSION = '1.31.0';
const JAVA_MIN = 17;
const MAVEN_MS_MAX = 180_000;
const DOWNLOAD_MS_MAX = 60_000;

/** `download`: the SDK brings it. */
export type SkippingServer = { readonly kind: 'jars'; readonly folder: string } | { readonly kind: 'download' };

/** Looked for while tests are being collected, so that those which need it can be reported as skipped. */
export function findSkippingServer(): SkippingServer | undefined {
  const folder = path.join(
    process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'),
    'crossfade',
    `temporal-test-server-${VERSION}`,
  );
  if (javaVersion() >= JAVA_MIN && (hasJars(folder) || fetchJars(folder))) return { kind: 'jars', folder };
  return downloadWorks() ? { kind: 'download' } : undefined;
}

export async function startSkippingServer(server: SkippingServer): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const environment = await startProgram(server);
  await registerAttributes(environment);
  return environment;
}

async function startProgram(server: SkippingServer): Promise<TestWorkflowEnvironment> {
  if (server.kind === 'download') return TestWorkflowEnvironment.createTimeSkipping();
  const program = path.join(server.folder, 'start.sh');
  const command = `exec java -Xmx512m -cp '${server.folder}/lib/*' io.temporal.testserver.TestServer "$@"`;
  writeFileSync(program, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: program } },
  });
}

/** An upsert of an unknown attribute wedges a run, here as anywhere. */
async function registerAttributes({ connection, namespace }: TestWorkflowEnvironment): Promise<void> {
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, INDEXED_VALUE_TYPES[type]]),
  );
  await connection.operatorService.addSearchAttributes({ namespace: namespace ?? 'default', searchAttributes });
}

function javaVersion(): number {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
}

function hasJars(folder: string): boolean {
  const lib = path.join(folder, 'lib');
  return existsSync(lib) && readdirSync(lib).some((name) => name === `temporal-test-server-${VERSION}.jar`);
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>crossfade</groupId><artifactId>test-server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

function fetchJars(folder: string): boolean {
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  writeFileSync(path.join(draft, 'pom.xml'), POM);
  const fetched = spawnSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {
    cwd: draft,
    timeout: MAVEN_MS_MAX,
  });
  if (fetched.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    return false;
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return hasJars(folder);
}

/** In a process of its own, because whoever collects tests cannot wait. */
function downloadWorks(): boolean {
  const program =
    "require('@temporalio/testing').TestWorkflowEnvironment.createTimeSkipping().then((e) => e.teardown())";
  try {
    execFileSync(process.execPath, ['-e', program], { cwd: packageRoot(), timeout: DOWNLOAD_MS_MAX, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
