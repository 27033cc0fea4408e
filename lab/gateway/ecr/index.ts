/** ECR as the gateway answers it, in front of a real registry. Images go to that registry directly, as they do on AWS. */
import { resultAnswer } from '../answer';
import type { Answer } from '../answer';
import { ServiceModel } from '../botocore';
import { decodeInput, refuse } from '../input';
import type { AwsRequest } from '../request';
import { RegistryContent } from './content';
import { repositoryOperations } from './repositories';
import type { Operations } from './repositories';

export interface EcrOptions {
  /** botocore's `data` folder. */
  readonly botocoreData: string;
  /** `http://127.0.0.1:PORT`; empty: there is none, and the emulator answers. */
  readonly registry: string;
  /** Where that registry keeps its files. */
  readonly folder: string;
}

export class Ecr {
  private readonly table: Operations;
  private model: ServiceModel | undefined;

  constructor(private readonly options: EcrOptions) {
    this.table = repositoryOperations(options.registry, new RegistryContent(options.registry, options.folder));
  }

  operations(): string[] {
    return Object.keys(this.table);
  }

  /** Undefined: not ECR's. Throws AwsError for what AWS would refuse, an Error for an answer AWS would never give. */
  async answer(request: AwsRequest): Promise<Answer | undefined> {
    const operation = request.service === 'ecr' ? this.table[request.operation] : undefined;
    if (operation === undefined || this.options.registry === '') return undefined;
    const model = (this.model ??= ServiceModel.load(this.options.botocoreData, 'ecr'));
    const input = decodeInput(model, request) as Record<string, unknown>;
    refuse(model.validate(request.operation, input), 'json');
    const output = await operation(input as never);
    const [problem] = model.validateOutput(request.operation, output);
    if (problem !== undefined) throw new Error(`${request.operation} would answer ${problem.path}: ${problem.message}`);
    return resultAnswer(request, output);
  }
}
