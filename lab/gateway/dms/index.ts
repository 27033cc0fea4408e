/** DMS as the gateway answers it: its parts go through their states, and counts rise, but no database is behind it. */
import type { Answer } from '../answer';
import { ModelledService } from '../modelled-service';
import type { AwsRequest } from '../request';
import { DmsAccount } from './account';
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
  private readonly service: ModelledService;
  private readonly faults = new DmsFaults();
  private delays: Delays;

  constructor(options: DmsOptions) {
    const account = new DmsAccount(options.now ?? Date.now);
    this.delays = { ...USUAL, ...options.delays };
    const delays = (): Delays => this.delays;
    this.metrics = new DmsMetrics(account, this.faults);
    this.service = new ModelledService(options.botocoreData, {
      signingName: 'dms',
      refusal: 'dms',
      operations: {
        ...instanceOperations(account, delays),
        ...endpointOperations(account, this.faults, delays),
        ...new Tasks(account, this.faults, delays).operations(),
        ...tagOperations(account),
      },
    });
  }

  operations(): string[] {
    return this.service.operations();
  }

  /** Undefined: not DMS's, or one that the emulator answers. Throws AwsError for what AWS would refuse. */
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
    this.delays = { ...this.delays, ...delays };
  }
}
