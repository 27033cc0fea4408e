import { openHosting, Refusal, sent } from './sagemaker-wire';
import { closeWires } from './wire';

const NAME = 'crossfade-ranker';

afterEach(closeWires);

describe('scaling on the wire', () => {
  const variant = {
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${NAME}/variant/crossfade`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  };

  test.each([
    [
      'invocations',
      { PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' } },
    ],
    [
      'gpu',
      {
        CustomizedMetricSpecification: {
          Namespace: '/aws/sagemaker/Endpoints',
          MetricName: 'GPUUtilization',
          Dimensions: [
            { Name: 'EndpointName', Value: NAME },
            { Name: 'VariantName', Value: 'crossfade' },
          ],
          Statistic: 'Average',
          Unit: 'Percent',
        },
      },
    ],
  ] as const)('putScaling: the variant is registered, then tracks %s', async (on, metric) => {
    const { hosting, wire } = await openHosting({});
    await hosting.putScaling(NAME, { min: 2, max: 6, on, value: 60 });
    expect(sent(wire)).toEqual([
      ['RegisterScalableTarget', { ...variant, MinCapacity: 2, MaxCapacity: 6 }],
      [
        'PutScalingPolicy',
        {
          ...variant,
          PolicyName: NAME,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: { TargetValue: 60, ...metric },
        },
      ],
    ]);
  });

  test('removeScaling: the variant is deregistered, and one that never was is accepted', async () => {
    const { hosting, wire } = await openHosting({
      DeregisterScalableTarget: [{}, new Refusal('ObjectNotFoundException', 'No scalable target found')],
    });
    await hosting.removeScaling(NAME);
    await hosting.removeScaling(NAME);
    expect(sent(wire)).toEqual(Array(2).fill(['DeregisterScalableTarget', variant]));
  });
});

describe('readInstanceQuota', () => {
  const quota = (name: string, QuotaCode: string, Value = 4): object => ({ QuotaName: name, QuotaCode, Value });
  const others = [
    quota('ml.g5.xlarge for training job usage', 'L-1'),
    quota('ml.g5.xlarge for notebook instance usage', 'L-2'),
    quota('ml.g5.2xlarge for endpoint usage', 'L-3'),
  ];
  const wanted = quota('ml.g5.xlarge for endpoint usage', 'L-1928E07B');

  test('readInstanceQuota: it is found by its whole name, on whatever page', async () => {
    const { hosting, wire } = await openHosting({
      ListServiceQuotas: [{ Quotas: others, NextToken: 'two' }, { Quotas: [wanted] }],
    });
    expect(await hosting.readInstanceQuota('ml.g5.xlarge')).toEqual({
      code: 'L-1928E07B',
      name: 'ml.g5.xlarge for endpoint usage',
      value: 4,
    });
    expect(sent(wire)).toEqual([
      ['ListServiceQuotas', { ServiceCode: 'sagemaker', MaxResults: 100 }],
      ['ListServiceQuotas', { ServiceCode: 'sagemaker', MaxResults: 100, NextToken: 'two' }],
    ]);
  });

  test('readInstanceQuota: where none was ever applied, AWS’s default counts', async () => {
    const { hosting } = await openHosting({
      ListServiceQuotas: { Quotas: others },
      ListAWSDefaultServiceQuotas: { Quotas: [...others, quota('ml.g5.xlarge for endpoint usage', 'L-1928E07B', 0)] },
    });
    expect(await hosting.readInstanceQuota('ml.g5.xlarge')).toMatchObject({ code: 'L-1928E07B', value: 0 });
  });

  test('readInstanceQuota: a type without a quota has none', async () => {
    const { hosting } = await openHosting({
      ListServiceQuotas: { Quotas: others },
      ListAWSDefaultServiceQuotas: { Quotas: others },
    });
    expect(await hosting.readInstanceQuota('ml.g5.xlarge')).toBeUndefined();
  });

  test('readInstanceQuota: two of one name are not chosen from', async () => {
    const { hosting } = await openHosting({ ListServiceQuotas: { Quotas: [wanted, wanted] } });
    await expect(hosting.readInstanceQuota('ml.g5.xlarge')).rejects.toMatchObject({ code: 'NotExactlyOne' });
  });
});
