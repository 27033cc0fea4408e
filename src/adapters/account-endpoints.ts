/** SageMaker endpoints of an account, and what their variants run. */
import type { ProductionVariant, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { DescribeEndpointConfigCommand, DescribeModelCommand, ListEndpointsCommand } from '@aws-sdk/client-sagemaker';
import { MigrationError } from '../domain/errors';
import type { EndpointFacts, VariantFacts } from '../ports/account';
import type { VariantState } from '../ports/model-hosting';
import { awsCall } from './aws-errors';
import { everyPage } from './pages';
import { SageMakerReads } from './sagemaker-reads';

export class EndpointListing {
  private readonly reads: SageMakerReads;

  constructor(private readonly client: SageMakerClient) {
    this.reads = new SageMakerReads(client);
  }

  async endpoints(): Promise<EndpointFacts[]> {
    const all = await everyPage(
      (NextToken) =>
        awsCall('sagemaker:ListEndpoints', 'the account', (abortSignal) =>
          this.client.send(new ListEndpointsCommand({ NextToken }), { abortSignal }),
        ),
      (page) => page.Endpoints,
      (page) => page.NextToken,
    );
    return all.map(({ EndpointName, EndpointStatus }) => ({
      name: EndpointName ?? '',
      status: EndpointStatus ?? 'unknown',
    }));
  }

  async variants(endpointName: string): Promise<VariantFacts[]> {
    const endpoint = await this.reads.endpoint(endpointName);
    if (endpoint === undefined) throw new MigrationError('NotFound', `endpoint ${endpointName} is not there`);
    const command = new DescribeEndpointConfigCommand({ EndpointConfigName: endpoint.configName });
    const { ProductionVariants = [] } = await awsCall(
      'sagemaker:DescribeEndpointConfig',
      endpoint.configName,
      (abortSignal) => this.client.send(command, { abortSignal }),
    );
    return Promise.all(
      endpoint.variants.map((state) =>
        this.variant(
          state,
          ProductionVariants.find(({ VariantName }) => VariantName === state.name),
        ),
      ),
    );
  }

  private async variant(state: VariantState, configured: ProductionVariant | undefined): Promise<VariantFacts> {
    return {
      name: state.name,
      weight: state.currentWeight,
      instanceCount: state.currentInstanceCount,
      ...given('instanceType', configured?.InstanceType),
      ...given('inferenceAmiVersion', configured?.InferenceAmiVersion),
      ...(await this.model(configured?.ModelName)),
    };
  }

  /** @param name undefined for a variant of inference components, which has no model of its own. */
  private async model(
    name: string | undefined,
  ): Promise<Pick<VariantFacts, 'image' | 'modelData' | 'executionRoleArn'>> {
    if (name === undefined) return {};
    const command = new DescribeModelCommand({ ModelName: name });
    const model = await awsCall('sagemaker:DescribeModel', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return {
      ...given('image', model.PrimaryContainer?.Image),
      ...given('modelData', model.PrimaryContainer?.ModelDataUrl),
      ...given('executionRoleArn', model.ExecutionRoleArn),
    };
  }
}

function given<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, string>>);
}
