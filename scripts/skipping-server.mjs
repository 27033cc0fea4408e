/**
 * The Temporal server that skips time, for the one test of the playbook's true durations. It is a program of its own,
 * which nothing else needs: where it cannot be had, that test is reported as skipped.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CACHE, downloadWithin, findOnPath, run, withLock } from './setup.mjs';

const VERSION = '1.31.0';
const JAVA_MIN = 17;
const MAVEN_MS_MAX = 180_000;
const FOLDER = path.join(CACHE, `temporal-test-server-${VERSION}`);
const PROGRAM = path.join(FOLDER, 'start.sh');

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

/** @returns {Promise<string | undefined>} an executable; undefined where there is none to be had. */
export async function findSkippingServer() {
  const say = (text) => process.stderr.write(`set-up: ${text}\n`);
  if (existsSync(PROGRAM)) return PROGRAM;
  return withLock('temporal-test-server', say, async () => {
    if (existsSync(PROGRAM)) return PROGRAM;
    return (await into(download, say)) ?? (await into(fetchJars, say));
  });
}

/** What `make` puts into a draft takes its place whole, or not at all. */
async function into(make, say) {
  const draft = mkdtempSync(path.join(CACHE, 'temporal-test-server-draft-'));
  try {
    if (!(await make(draft, say))) return undefined;
    chmodSync(path.join(draft, 'start.sh'), 0o755);
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(draft, FOLDER);
    return PROGRAM;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The Temporal SDK's own download, which starts what it fetched. */
async function download(draft, say) {
  say(`fetching Temporal's test server (the Temporal SDK's download → ${FOLDER})`);
  const executable = JSON.stringify({ type: 'cached-download', downloadDir: draft });
  const script = `
    const { TestWorkflowEnvironment } = require('@temporalio/testing');
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable: ${executable} } })
      .then((env) => env.teardown()).then(() => process.exit(0), () => process.exit(1));`;
  const code = await downloadWithin(script, draft);
  const [name] = readdirSync(draft).filter((each) => !each.endsWith('.downloading'));
  if (code !== 0 || name === undefined) {
    say('the download is not reachable from here');
    return false;
  }
  writeFileSync(path.join(draft, 'start.sh'), `#!/bin/sh\nexec "$(dirname "$0")/${name}" "$@"\n`);
  return true;
}

/** The same server as a Java program. */
async function fetchJars(draft, say) {
  if (javaVersion() < JAVA_MIN || findOnPath('mvn') === undefined) {
    say(`no Maven with Java ${JAVA_MIN} here: the test on skipped time is reported as skipped`);
    return false;
  }
  say(`fetching Temporal's test server ${VERSION} (Maven → ${FOLDER})`);
  writeFileSync(path.join(draft, 'pom.xml'), POM);
  try {
    const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'];
    await run('mvn', args, { cwd: draft, timeout: MAVEN_MS_MAX }, "Maven could not fetch Temporal's test server");
  } catch (error) {
    say(error.message);
    return false;
  }
  const start = 'exec java -Xmx512m -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"';
  writeFileSync(path.join(draft, 'start.sh'), `#!/bin/sh\n${start}\n`);
  return true;
}

function javaVersion() {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
}
