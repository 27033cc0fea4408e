/** Snowball and Direct Connect as the gateway answers them: carriers and patch panels take their time, and move nothing. */
import { resultAnswer } from '../answer';
import type { Answer } from '../answer';
import { ServiceModel } from '../botocore';
import { decodeInput, refuse } from '../input';
import type { AwsRequest } from '../request';
import { jobOperations } from './jobs';
import { lineOperations } from './lines';
import type { Operations, RoadDelays } from './delays';

const USUAL: RoadDelays = { jobStateMs: 500, withCustomerMs: 1_000, lineStateMs: 1_000 };

export interface RoadOptions {
  /** botocore's `data` folder. */
  readonly botocoreData: string;
  readonly delays?: Partial<RoadDelays>;
  /** Unit: milliseconds since 1970. */
  readonly now?: () => number;
}

export class Roads {
  private readonly tables: Readonly<Record<string, Operations>>;
  private readonly models = new Map<string, ServiceModel>();

  constructor(private readonly options: RoadOptions) {
    const now = options.now ?? Date.now;
    const delays = { ...USUAL, ...options.delays };
    this.tables = { snowball: jobOperations(now, delays), directconnect: lineOperations(now, delays) };
  }

  operations(service: string): string[] {
    return Object.keys(this.tables[service] ?? {});
  }

  /** Undefined: not of these roads. Throws AwsError for what AWS would refuse. */
  async answer(request: AwsRequest): Promise<Answer | undefined> {
    const operation = this.tables[request.service]?.[request.operation];
    if (operation === undefined) return undefined;
    const model = this.modelOf(request.service);
    const input = decodeInput(model, request);
    refuse(model.validate(request.operation, input), 'json');
    const output = await operation(input as never);
    const [problem] = model.validateOutput(request.operation, output);
    if (problem !== undefined) throw new Error(`${request.operation} would answer ${problem.path}: ${problem.message}`);
    return resultAnswer(request, output);
  }

  private modelOf(service: string): ServiceModel {
    const model = this.models.get(service) ?? ServiceModel.load(this.options.botocoreData, service);
    this.models.set(service, model);
    return model;
  }
}
