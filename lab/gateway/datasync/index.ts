/** DataSync as the gateway answers it. It really copies, between S3 and directories that stand for file servers. */
import type { Answer } from '../answer';
import type { InputProblem } from '../botocore';
import { ModelledService } from '../modelled-service';
import type { AwsRequest } from '../request';
import { DataSyncAccount } from './account';
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
  private readonly service: ModelledService;
  private readonly faults = new DataSyncFaults();
  private readonly runs: Runs;

  constructor(options: DataSyncOptions) {
    const account = new DataSyncAccount();
    this.runs = new Runs(account, this.faults, options.places, options.delays ?? {});
    const tasks = new Tasks(account, this.faults);
    this.service = new ModelledService(options.botocoreData, {
      signingName: 'datasync',
      refusal: 'datasync',
      operations: {
        ...agentOperations(account, this.faults),
        ...new Locations(account, this.faults, options.places.s3, () => this.service.model()).operations(),
        ...tasks.operations(),
        ...new Executions(account, tasks, this.runs).operations(),
        ...tagOperations(account),
      },
      isForgiven,
    });
  }

  operations(): string[] {
    return this.service.operations();
  }

  /** Undefined: not DataSync's. Throws AwsError for what AWS would refuse, an Error for an answer AWS would never give. */
  answer(request: AwsRequest): Promise<Answer | undefined> {
    return this.service.answer(request);
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
}

/** The model's pattern of a location's URI leaves out characters that its patterns of paths allow. */
function isForgiven({ kind, path }: InputProblem): boolean {
  return kind === 'pattern' && path.endsWith('locationUri');
}
