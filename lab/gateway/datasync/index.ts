/** DataSync as the gateway answers it. It really copies, between S3 and directories that stand for file servers. */
import { resultAnswer } from '../answer';
import type { Answer } from '../answer';
import { ServiceModel } from '../botocore';
import type { InputProblem } from '../botocore';
import { decodeInput, refuse } from '../input';
import type { AwsRequest } from '../request';
import { DataSyncAccount } from './account';
import type { Operations } from './account';
import { agentOperations } from './agents';
import { Executions } from './executions';
import { DataSyncFaults } from './faults';
import { Locations } from './locations';
import { Runs } from './runs';
import type { Delays } from './runs';
import type { Places } from './stores';
import { tagOperations } from './tags';
import { Tasks } from './tasks';

export interface DataSyncOptions {
  /** botocore's `data` folder. */
  readonly botocoreData: string;
  readonly places: Places;
  readonly delays?: Partial<Delays>;
}

export class DataSync {
  private readonly table: Operations;
  private readonly faults = new DataSyncFaults();
  private readonly runs: Runs;
  private model: ServiceModel | undefined;

  constructor(private readonly options: DataSyncOptions) {
    const account = new DataSyncAccount();
    this.runs = new Runs(account, this.faults, options.places, options.delays ?? {});
    const tasks = new Tasks(account, this.faults);
    this.table = {
      ...agentOperations(account, this.faults),
      ...new Locations(account, this.faults, options.places.s3, () => this.loaded()).operations(),
      ...tasks.operations(),
      ...new Executions(account, tasks, this.runs).operations(),
      ...tagOperations(account),
    };
  }

  operations(): string[] {
    return Object.keys(this.table);
  }

  /** Undefined: not DataSync's. Throws AwsError for what AWS would refuse, an Error for an answer AWS would never give. */
  async answer(request: AwsRequest): Promise<Answer | undefined> {
    const operation = request.service === 'datasync' ? this.table[request.operation] : undefined;
    if (operation === undefined) return undefined;
    const model = this.loaded();
    const input = decodeInput(model, request) as Record<string, unknown>;
    refuse(model.validate(request.operation, input), 'datasync');
    const output = await operation(input as never);
    const problem = model.validateOutput(request.operation, output).find(isOurs);
    if (problem !== undefined) throw new Error(`${request.operation} would answer ${problem.path}: ${problem.message}`);
    return resultAnswer(request, output);
  }

  fault(params: unknown): void {
    this.faults.add(params);
  }

  clearFaults(): void {
    this.faults.clear();
  }

  setDelays(delays: Partial<Delays>): void {
    this.runs.delays = { ...this.runs.delays, ...delays };
  }

  /** Resolves when no execution runs any more. */
  idle(): Promise<void> {
    return this.runs.idle();
  }

  /** A megabyte, and most labs never ask. */
  private loaded(): ServiceModel {
    return (this.model ??= ServiceModel.load(this.options.botocoreData, 'datasync'));
  }
}

/** The model's pattern of a location's URI leaves out characters that its patterns of paths allow. */
function isOurs({ kind, path }: InputProblem): boolean {
  return !(kind === 'pattern' && path.endsWith('locationUri'));
}
