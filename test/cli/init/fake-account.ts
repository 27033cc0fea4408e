import { MigrationError } from '../../../src/domain/errors';
import type {
  Account,
  EndpointFacts,
  InstanceFacts,
  InstanceTypeFacts,
  ListenerFacts,
  LoadBalancerFacts,
  ScalingGroupFacts,
  TaggedInstanceFacts,
  TargetGroupFacts,
  VariantFacts,
  WeightedRecordFacts,
  ZoneFacts,
} from '../../../src/ports/account';

const ELB = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
export const RULE_ARN = `${ELB}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`;
export const LISTENER_ARN = `${ELB}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2`;
const GROUP_ARN = `${ELB}:targetgroup/ranker-source/73e2d6bc24d8a067`;
const OTHER_GROUP_ARN = `${ELB}:targetgroup/shop/73e2d6bc24d8a068`;
const ID = '0123456789abcdef0';

export const BLUE: WeightedRecordFacts = {
  name: 'ranker.example.com',
  type: 'A',
  setIdentifier: 'blue',
  weight: 100,
  leadsTo: ['dualstack.blue.elb.amazonaws.com'],
  isAlias: true,
};

/** An account with a shop in it, of which a ranker is one rule; a test takes away what it is about. */
export class FakeAccount implements Account {
  balancers: LoadBalancerFacts[] = [balancer('shop')];
  listenersOf: ListenerFacts[] = [
    {
      arn: LISTENER_ARN,
      protocol: 'HTTP',
      port: 80,
      rules: [
        {
          arn: RULE_ARN,
          isDefault: false,
          priority: '10',
          hosts: ['ranker.example.com'],
          paths: [],
          forwards: [{ targetGroupArn: GROUP_ARN, weight: 1 }],
        },
        {
          arn: `${LISTENER_ARN}/default`,
          isDefault: true,
          priority: 'default',
          hosts: [],
          paths: [],
          forwards: [{ targetGroupArn: OTHER_GROUP_ARN, weight: 1 }],
        },
      ],
    },
  ];
  groups: TargetGroupFacts[] = [
    {
      arn: GROUP_ARN,
      name: 'ranker-source',
      port: 8080,
      healthPath: '/healthz',
      members: [{ id: `i-${ID}`, isHealthy: true }],
    },
    { arn: OTHER_GROUP_ARN, name: 'shop', port: 80, members: [] },
  ];
  scaling: ScalingGroupFacts[] = [
    {
      name: 'ranker-asg',
      min: 1,
      desired: 2,
      max: 6,
      subnetIds: [`subnet-${ID}`],
      targetGroupArns: [GROUP_ARN],
      instanceIds: [`i-${ID}`],
    },
  ];
  machines: InstanceFacts[] = [
    {
      id: `i-${ID}`,
      instanceType: 'g4dn.xlarge',
      imageId: `ami-${ID}`,
      subnetId: `subnet-${ID}`,
      securityGroupIds: [`sg-${ID}`],
      instanceProfile: 'arn:aws:iam::123456789012:instance-profile/ranker',
    },
  ];
  hosted: EndpointFacts[] = [{ name: 'ranker-live', status: 'InService' }];
  hostedVariants: VariantFacts[] = [
    {
      name: 'AllTraffic',
      weight: 1,
      instanceCount: 2,
      instanceType: 'ml.g5.xlarge',
      image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker:1',
      modelData: 's3://example-models/ranker.tar.gz',
      executionRoleArn: 'arn:aws:iam::123456789012:role/ranker',
    },
  ];
  hostedZones: ZoneFacts[] = [{ id: 'Z0123456789ABCDEFGHIJ', name: 'example.com', isPrivate: false }];
  records: WeightedRecordFacts[] = [
    BLUE,
    { ...BLUE, setIdentifier: 'green', weight: 0, leadsTo: ['green.elb.amazonaws.com'] },
  ];

  async loadBalancers(): Promise<LoadBalancerFacts[]> {
    return this.balancers;
  }

  async listeners(): Promise<ListenerFacts[]> {
    return this.listenersOf;
  }

  async targetGroup(arn: string): Promise<TargetGroupFacts> {
    const group = this.groups.find((one) => one.arn === arn);
    if (group === undefined) throw new MigrationError('NotFound', `${arn} is not there`);
    return group;
  }

  async scalingGroups(): Promise<ScalingGroupFacts[]> {
    return this.scaling;
  }

  async instances(ids: readonly string[]): Promise<InstanceFacts[]> {
    return this.machines.filter(({ id }) => ids.includes(id));
  }

  async taggedInstances(): Promise<TaggedInstanceFacts[]> {
    return this.machines.map(({ id, instanceType }) => ({ id, instanceType, tags: {} }));
  }

  async instanceTypes(): Promise<InstanceTypeFacts[]> {
    return [];
  }

  async endpoints(): Promise<EndpointFacts[]> {
    return this.hosted;
  }

  async variants(): Promise<VariantFacts[]> {
    return this.hostedVariants;
  }

  async zones(): Promise<ZoneFacts[]> {
    return this.hostedZones;
  }

  async weightedRecords(): Promise<WeightedRecordFacts[]> {
    return this.records;
  }
}

export function balancer(name: string): LoadBalancerFacts {
  return { arn: `${ELB}:loadbalancer/app/${name}/50dc6c495c0c9188`, name, dnsName: `${name}.elb.amazonaws.com` };
}

/** Two load balancers, each with a stack behind its default rule. */
export function twoStacks(account: FakeAccount): void {
  account.balancers = [balancer('blue'), balancer('green')];
  const listener = account.listenersOf[0] as ListenerFacts;
  account.listenersOf = [{ ...listener, rules: listener.rules.slice(0, 1) }];
}
