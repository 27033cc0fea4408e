/** ECR as the gateway answers it, in front of a real registry. Images go to that registry directly, as they do on AWS. */
import type { Answer } from '../answer';
import { ModelledService } from '../modelled-service';
import type { AwsRequest } from '../request';
import { RegistryContent } from './content';
import { repositoryOperations } from './repositories';

export interface EcrOptions {
  /** botocore's `data` folder. */
  readonly botocoreData: string;
  /** `http://127.0.0.1:PORT`; empty: there is none, and the emulator answers. */
  readonly registry: string;
  /** Where that registry keeps its files. */
  readonly folder: string;
}

export class Ecr {
  private readonly service: ModelledService;

  constructor({ botocoreData, registry, folder }: EcrOptions) {
    this.service = new ModelledService(botocoreData, {
      signingName: 'ecr',
      operations: repositoryOperations(registry, new RegistryContent(registry, folder)),
      concerns: () => registry !== '',
    });
  }

  operations(): string[] {
    return this.service.operations();
  }

  /** Undefined: not ECR's. Throws AwsError for what AWS would refuse, an Error for an answer AWS would never give. */
  answer(request: AwsRequest): Promise<Answer | undefined> {
    return this.service.answer(request);
  }
}
