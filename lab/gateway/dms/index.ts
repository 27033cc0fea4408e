/** DMS as the gateway answers it: its parts go through their states, and counts rise, but no database is behind it. */
import { resultAnswer } from '../answer';
import type { Answer } from '../answer';
import { ServiceModel } from '../botocore';
import { decodeInput, refuse } from '../input';
import type { AwsRequest } from '../request';
import { DmsAccount } from './account';
import type { Operations } from './account';
import { USUAL } from './delays';
import type { Delays } from './delays';
import { endpointOperations } from './endpoints';
import { DmsFaults } from './faults';
import { instanceOperations } from './instances';
import { DmsMetrics } from './metrics';
import { tagOperations } from './tags';
import { Tasks } from './tasks';

export interface DmsOptions {
  /** botocore's `data` folder. */
  readonly botocoreData: string;
  readonly delays?: Partial<Delays>;
  /** Unit: milliseconds since 1970. */
  readonly now?: () => number;
}

export class Dms {
  /** What CloudWatch has of it. */
  readonly metrics: DmsMetrics;
  private readonly table: Operations;
  private readonly faults = new DmsFaults();
  private delays: Delays;
  private model: ServiceModel | undefined;

  constructor(private readonly options: DmsOptions) {
    const account = new DmsAccount(options.now ?? Date.now);
    this.delays = { ...USUAL, ...options.delays };
    const delays = (): Delays => this.delays;
    this.metrics = new DmsMetrics(account, this.faults);
    this.table = {
      ...instanceOperations(account, delays),
      ...endpointOperations(account, this.faults, delays),
      ...new Tasks(account, this.faults, delays).operations(),
      ...tagOperations(account),
    };
  }

  operations(): string[] {
    return Object.keys(this.table);
  }

  /** Undefined: not DMS's, or one that the emulator answers. Throws AwsError for what AWS would refuse. */
  async answer(request: AwsRequest): Promise<Answer | undefined> {
    const operation = request.service === 'dms' ? this.table[request.operation] : undefined;
    if (operation === undefined) return undefined;
    const model = this.loaded();
    const input = decodeInput(model, request) as Record<string, unknown>;
    refuse(model.validate(request.operation, input), 'dms');
    const output = await operation(input as never);
    const [problem] = model.validateOutput(request.operation, output);
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
    this.delays = { ...this.delays, ...delays };
  }

  private loaded(): ServiceModel {
    return (this.model ??= ServiceModel.load(this.options.botocoreData, 'dms'));
  }
}
