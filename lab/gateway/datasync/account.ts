/** What one account holds in DataSync, and how DataSync words a refusal. */
import { randomBytes } from 'node:crypto';
import type {
  CreateAgentRequest,
  CreateTaskRequest,
  FilterRule,
  ManifestConfig,
  Options,
  TaskExecutionStatus,
  TaskReportConfig,
} from '@aws-sdk/client-datasync';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import { AwsError } from '../answer';
import type { TagsByArn } from '../tags';
import type { Counters, RunResult } from './counters';

export interface AgentRecord {
  readonly arn: string;
  readonly input: CreateAgentRequest;
  readonly createdAt: Date;
  name: string | undefined;
}

/** As the operations' names have them. */
export type LocationKind = 'S3' | 'Nfs' | 'Smb' | 'Efs' | 'FsxLustre' | 'FsxOntap' | 'FsxOpenZfs' | 'FsxWindows';

export interface LocationRecord {
  readonly arn: string;
  readonly kind: LocationKind;
  readonly createdAt: Date;
  /** What it was created with, and what updates put in its place. */
  input: Readonly<Record<string, unknown>>;
  /** Ends with a slash. */
  uri: string;
}

export interface TaskRecord {
  readonly arn: string;
  readonly createdAt: Date;
  input: CreateTaskRequest;
  /** Every option, with AWS's defaults. */
  options: Options;
  readonly executions: ExecutionRecord[];
}

export interface ExecutionRecord {
  readonly arn: string;
  readonly task: TaskRecord;
  readonly startedAt: Date;
  readonly options: Options;
  readonly includes: readonly FilterRule[];
  readonly excludes: readonly FilterRule[];
  readonly manifest: ManifestConfig | undefined;
  readonly report: TaskReportConfig | undefined;
  readonly counters: Counters;
  readonly result: RunResult;
  readonly cancel: AbortController;
  status: TaskExecutionStatus;
  launchedAt: Date | undefined;
  endedAt: Date | undefined;
  reportStatus: 'PENDING' | 'SUCCESS' | 'ERROR' | undefined;
}

const ID_LENGTH = 17;

function newId(): string {
  return randomBytes(ID_LENGTH).toString('hex').slice(0, ID_LENGTH);
}

export function newArn(kind: 'agent/agent' | 'location/loc' | 'task/task'): string {
  return `arn:aws:datasync:${LAB_REGION}:${LAB_ACCOUNT}:${kind}-${newId()}`;
}

export const newExecutionArn = (taskArn: string): string => `${taskArn}/execution/exec-${newId()}`;

/** The last part of an ARN: `task-0123…`. */
export const idOf = (arn: string): string => arn.split('/').at(-1) ?? '';

export function isOver(status: TaskExecutionStatus): boolean {
  return status === 'SUCCESS' || status === 'ERROR';
}

/** DataSync's one answer to what it does not like; only its words differ. */
export function invalid(message: string, errorCode = 'InvalidParameter'): AwsError {
  return new AwsError('InvalidRequestException', message, 400, { errorCode });
}

export class DataSyncAccount {
  readonly agents = new Map<string, AgentRecord>();
  readonly locations = new Map<string, LocationRecord>();
  readonly tasks = new Map<string, TaskRecord>();
  readonly tags: TagsByArn = new Map();

  agent(arn: string): AgentRecord {
    return found(this.agents.get(arn), `Agent ${arn} is not found.`);
  }

  location(arn: string): LocationRecord {
    return found(this.locations.get(arn), `Location ${arn} is not found.`);
  }

  task(arn: string): TaskRecord {
    return found(this.tasks.get(arn), `Task ${arn} is not found.`);
  }

  execution(arn: string): ExecutionRecord {
    return found(this.findExecution(arn), `Task execution ${arn} is not found.`);
  }

  /** Throws for an ARN under which there is nothing. */
  requireArn(arn: string): void {
    const isThere = this.agents.has(arn) || this.locations.has(arn) || this.tasks.has(arn) || this.findExecution(arn);
    if (!isThere) throw invalid(`Resource ${arn} is not found.`);
  }

  private findExecution(arn: string): ExecutionRecord | undefined {
    return this.tasks.get(arn.split('/execution/')[0] ?? '')?.executions.find((execution) => execution.arn === arn);
  }
}

function found<T>(record: T | undefined, message: string): T {
  if (record === undefined) throw invalid(message);
  return record;
}
