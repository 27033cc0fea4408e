import { targetGroupLike } from '../../src/adapters/alb-target-groups';
import { launchTemplate } from '../../src/adapters/launch-templates';
import type { Ec2TargetSpec } from '../../src/domain/spec';

const owner = { workload: 'ranker', run: 'run-1' };
const OWNER_TAGS = [
  { Key: 'crossfade:workload', Value: 'ranker' },
  { Key: 'crossfade:run', Value: 'run-1' },
];
const target: Ec2TargetSpec = {
  instanceType: 'g5.xlarge',
  imageId: 'ami-1',
  subnetIds: ['subnet-1'],
  securityGroupIds: ['sg-1'],
  port: 9000,
  healthPath: '/ready',
  min: 1,
  desired: 1,
  max: 2,
  healthCheckGraceSeconds: 60,
};

test('launchTemplate: the same migration asks with the same token, another run with another', () => {
  const token = launchTemplate('crossfade-ranker', target, owner).ClientToken;
  expect(launchTemplate('crossfade-ranker', target, owner).ClientToken).toBe(token);
  expect(launchTemplate('crossfade-ranker', target, { ...owner, run: 'run-2' }).ClientToken).not.toBe(token);
  expect(token?.length).toBeLessThanOrEqual(64);
});

test('launchTemplate: template, instances and volumes are tagged as ours', () => {
  const request = launchTemplate('crossfade-ranker', target, owner);
  expect(request.TagSpecifications).toEqual([{ ResourceType: 'launch-template', Tags: OWNER_TAGS }]);
  expect(request.LaunchTemplateData?.TagSpecifications?.map((each) => each.ResourceType)).toEqual([
    'instance',
    'volume',
  ]);
});

test('launchTemplate: user data goes as base64 of its UTF-8', () => {
  const data = launchTemplate('crossfade-ranker', { ...target, userData: 'echo é' }, owner).LaunchTemplateData;
  expect(Buffer.from(data?.UserData ?? '', 'base64').toString('utf8')).toBe('echo é');
});

test.each([
  ['gpu-node', { Name: 'gpu-node' }],
  ['arn:aws:iam::1:instance-profile/gpu-node', { Arn: 'arn:aws:iam::1:instance-profile/gpu-node' }],
])('launchTemplate: instance profile %s is given as what it is', (instanceProfile, expected) => {
  const request = launchTemplate('crossfade-ranker', { ...target, instanceProfile }, owner);
  expect(request.LaunchTemplateData?.IamInstanceProfile).toEqual(expected);
});

describe('targetGroupLike', () => {
  const description = { name: 'crossfade-ranker', port: 9000, healthPath: '/ready', likeTargetGroupArn: 'arn:tg' };
  const like = { Port: 8000, VpcId: 'vpc-1', Protocol: 'HTTP', ProtocolVersion: 'HTTP2', TargetType: 'ip' } as const;

  test('targetGroupLike: VPC and protocol are the source’s, port, path and target type are ours', () => {
    expect(targetGroupLike({ ...like, Matcher: { HttpCode: '200-299' } }, description, owner)).toMatchObject({
      VpcId: 'vpc-1',
      ProtocolVersion: 'HTTP2',
      Matcher: { HttpCode: '200-299' },
      Port: 9000,
      HealthCheckPath: '/ready',
      TargetType: 'instance',
      Tags: OWNER_TAGS,
    });
  });

  test.each([
    ['the traffic port', 'traffic-port', 'traffic-port'],
    ['a port of its own', '8081', '8081'],
    ['the source’s traffic port by number', '8000', 'traffic-port'],
  ])('targetGroupLike: a health check on %s', (_name, HealthCheckPort, expected) => {
    expect(targetGroupLike({ ...like, HealthCheckPort }, description, owner).HealthCheckPort).toBe(expected);
  });
});
