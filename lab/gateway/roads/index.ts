/** Snowball and Direct Connect as the gateway answers them: carriers and patch panels take their time, and move nothing. */
import type { Answer } from '../answer';
import { ModelledService } from '../modelled-service';
import type { AwsRequest } from '../request';
import type { RoadDelays } from './delays';
import { jobOperations } from './jobs';
import { lineOperations } from './lines';

const USUAL: RoadDelays = { jobStateMs: 500, withCustomerMs: 1_000, lineStateMs: 1_000 };

export interface RoadOptions {
  /** botocore's `data` folder. */
  readonly botocoreData: string;
  readonly delays?: Partial<RoadDelays>;
  /** Unit: milliseconds since 1970. */
  readonly now?: () => number;
}

export class Roads {
  private readonly services: readonly ModelledService[];

  constructor({ botocoreData, now = Date.now, delays }: RoadOptions) {
    const all = { ...USUAL, ...delays };
    this.services = [
      new ModelledService(botocoreData, { signingName: 'snowball', operations: jobOperations(now, all) }),
      new ModelledService(botocoreData, { signingName: 'directconnect', operations: lineOperations(now, all) }),
    ];
  }

  /** Undefined: not of these roads. Throws AwsError for what AWS would refuse. */
  async answer(request: AwsRequest): Promise<Answer | undefined> {
    return this.services.find(({ signingName }) => signingName === request.service)?.answer(request);
  }
}
