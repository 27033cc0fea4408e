/** A service that the gateway answers itself: AWS's own model says which input it refuses, and which output it never has. */
import { resultAnswer } from './answer';
import type { Answer } from './answer';
import { ServiceModel } from './botocore';
import type { InputProblem } from './botocore';
import { decodeInput, refuse } from './input';
import type { RefusalWords } from './input';
import type { AwsRequest } from './request';

/** Takes an input that AWS's model allows, gives the output; throws AwsError. */
type Operation = (input: never) => unknown;
export type Operations = Readonly<Record<string, Operation>>;

export interface ServiceOptions {
  /** As the SigV4 scope has it. */
  readonly signingName: string;
  /** The model's name in botocore; the signing name unless given. */
  readonly modelName?: string;
  /** Those that are answered here. */
  readonly operations: Operations;
  /** How the service words the refusal of an input; `json` unless given. */
  readonly refusal?: RefusalWords;
  /** False: the input is not for us, the emulator answers. Everything is unless given. */
  readonly concerns?: (input: Readonly<Record<string, unknown>>) => boolean;
  /** True: AWS's own answers are at odds with its model here, too. Never unless given. */
  readonly isForgiven?: (problem: InputProblem) => boolean;
}

export class ModelledService {
  private loaded: ServiceModel | undefined;

  /** @param botocoreData botocore's `data` folder. */
  constructor(
    private readonly botocoreData: string,
    private readonly options: ServiceOptions,
  ) {}

  get signingName(): string {
    return this.options.signingName;
  }

  operations(): string[] {
    return Object.keys(this.options.operations);
  }

  /** Megabytes, and most labs never ask: read when it is first needed. */
  model(): ServiceModel {
    const { signingName, modelName = signingName } = this.options;
    return (this.loaded ??= ServiceModel.load(this.botocoreData, modelName));
  }

  /** Undefined: not answered here. Throws AwsError for what AWS would refuse, an Error for an answer AWS would never give. */
  async answer(request: AwsRequest): Promise<Answer | undefined> {
    const { signingName, operations, refusal = 'json', concerns = () => true, isForgiven = () => false } = this.options;
    const operation = request.service === signingName ? operations[request.operation] : undefined;
    if (operation === undefined) return undefined;
    const model = this.model();
    const input = decodeInput(model, request) as Record<string, unknown>;
    if (!concerns(input)) return undefined;
    refuse(model.validate(request.operation, input), refusal);
    const output = await operation(input as never);
    const problem = model.validateOutput(request.operation, output).find((one) => !isForgiven(one));
    if (problem !== undefined) throw new Error(`${request.operation} would answer ${problem.path}: ${problem.message}`);
    return resultAnswer(request, output);
  }
}
