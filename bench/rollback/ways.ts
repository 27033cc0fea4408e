/** What divides a workload's traffic, asked past the product: what the target has now, and the bare calls of a rollback. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  AddTagsCommand as AddRuleTagsCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import {
  AddTagsCommand,
  DescribeEndpointCommand,
  ListTagsCommand,
  SageMakerClient,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import type { Lab, WorkloadInfo } from '../../lab';
import { userClientConfig } from '../../lab/aws-env';

export interface Way {
  /** As the service's own API tells it. Unit: percent. */
  targetPercent(workload: WorkloadInfo): Promise<number>;
  /** The calls that the protocol needs, bare and in sequence. Resolves when what was written is read back, in force. */
  floorCalls(workload: WorkloadInfo): Promise<void>;
  /** Only where weights are in force long before the product looks again: resolves as soon as the target has none. */
  untilRestored?(workload: WorkloadInfo): Promise<void>;
}

const MARK = { Key: 'bench', Value: 'floor' };

export function balancerWay({ info }: Lab): Way {
  const elb = new ElasticLoadBalancingV2Client(userClientConfig(info.aws));
  return {
    async targetPercent({ ruleArn, sourceTargetGroupArn }) {
      const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
      const groups = Rules?.[0]?.Actions?.find(({ Type }) => Type === 'forward')?.ForwardConfig?.TargetGroups ?? [];
      const sum = groups.reduce((total, { Weight = 0 }) => total + Weight, 0);
      const source = groups.find(({ TargetGroupArn }) => TargetGroupArn === sourceTargetGroupArn)?.Weight ?? 0;
      return ((sum - source) * 100) / sum;
    },

    /** Two DescribeRules, DescribeTags, AddTags, ModifyRule: writes back what it reads. */
    async floorCalls({ ruleArn }) {
      const before = await elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
      await elb.send(new DescribeTagsCommand({ ResourceArns: [ruleArn] }));
      await elb.send(new AddRuleTagsCommand({ ResourceArns: [ruleArn], Tags: [MARK] }));
      const actions = (before.Rules?.[0]?.Actions ?? []).map(({ TargetGroupArn: _simple, ...action }) => action);
      await elb.send(new ModifyRuleCommand({ RuleArn: ruleArn, Actions: actions }));
      await elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
    },
  };
}

/** How often an endpoint that carries out a change is looked at, on both sides. Unit: milliseconds. */
const LOOK_EVERY_MS = 20;

export function endpointWay({ info }: Lab): Way {
  const sageMaker = new SageMakerClient(userClientConfig(info.aws));
  const describe = ({ endpoint }: WorkloadInfo): Promise<DescribeEndpointCommandOutput> =>
    sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint?.endpointName }));
  const until = async (workload: WorkloadInfo, holds: (seen: DescribeEndpointCommandOutput) => boolean) => {
    while (!holds(await describe(workload))) await delay(LOOK_EVERY_MS);
  };
  return {
    async targetPercent(workload) {
      return targetPercentOf(workload, await describe(workload));
    },

    untilRestored: (workload) => until(workload, (seen) => targetPercentOf(workload, seen) === 0),

    /** DescribeEndpoint, ListTags, AddTags, UpdateEndpointWeightsAndCapacities, DescribeEndpoint until it is in service. */
    async floorCalls(workload) {
      const { EndpointName, EndpointArn, ProductionVariants = [] } = await describe(workload);
      await sageMaker.send(new ListTagsCommand({ ResourceArn: EndpointArn }));
      await sageMaker.send(new AddTagsCommand({ ResourceArn: EndpointArn, Tags: [MARK] }));
      const DesiredWeightsAndCapacities = ProductionVariants.map(({ VariantName, CurrentWeight }) => ({
        VariantName,
        DesiredWeight: CurrentWeight,
      }));
      await sageMaker.send(
        new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName, DesiredWeightsAndCapacities }),
      );
      await until(workload, ({ EndpointStatus }) => EndpointStatus === 'InService');
    },
  };
}

/** By the weights in force. */
function targetPercentOf({ endpoint }: WorkloadInfo, seen: DescribeEndpointCommandOutput): number {
  const { ProductionVariants = [] } = seen;
  const sum = ProductionVariants.reduce((total, { CurrentWeight = 0 }) => total + CurrentWeight, 0);
  const source = ProductionVariants.find(({ VariantName }) => VariantName === endpoint?.sourceVariant);
  return ((sum - (source?.CurrentWeight ?? 0)) * 100) / sum;
}
