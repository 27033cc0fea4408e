/** Before the first weight: latency and validation, as DMS and CloudWatch tell them, against what the spec wants. */
import { heartbeat } from '@temporalio/activity';
import type { ReplicationInput } from '../contracts/replication-activities';
import { judgeLevel } from '../domain/database-level';
import type { CaptureLatency } from '../domain/database-level';
import { MigrationError } from '../domain/errors';
import { epochMs } from '../domain/quantity';
import { taskOf } from './replication-load';
import type { ReplicationPorts } from './replication-wait';
import { untilKnown } from './waiting';

/** A validation that runs comes to its end within this, or a person should look. */
const LEVEL_MS_MAX = 30 * 60_000;

interface Level {
  readonly tableCount: number;
  readonly sourceMs: number;
  readonly targetMs: number;
}

export async function waitLevel(ports: ReplicationPorts, input: ReplicationInput): Promise<Level> {
  const sinceMs = ports.now();
  return untilKnown(ports, `level of ${input.database.name}`, async () => {
    const { verdict, tableCount, latency } = await look(ports, input);
    heartbeat({ database: input.database.name, reasons: verdict.reasons });
    if (verdict.isLevel && latency !== undefined)
      return { tableCount, sourceMs: latency.sourceMs, targetMs: latency.targetMs };
    if (!verdict.isHopeless && ports.now() - sinceMs < LEVEL_MS_MAX) return undefined;
    throw new MigrationError(
      'DatabaseNotLevel',
      `${input.database.name} is not level with its source: ${verdict.reasons.join('; ')}`,
    );
  });
}

async function look(
  ports: ReplicationPorts,
  input: ReplicationInput,
): Promise<{ verdict: ReturnType<typeof judgeLevel>; tableCount: number; latency: CaptureLatency | undefined }> {
  const { replication } = ports;
  const { arn, status, loadedPercent } = await taskOf(ports, input);
  const tables = await replication.readTables(arn);
  const now = epochMs(ports.now());
  const latency = await replication.readLatency(input.name, arn, now);
  const figures = { status, loadedPercent, tables, latency };
  return { verdict: judgeLevel(figures, input.database.cdcLatencyMaxMs, now), tableCount: tables.length, latency };
}
