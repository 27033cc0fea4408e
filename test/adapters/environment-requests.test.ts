import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import { Ec2Compute } from '../../src/adapters/auto-scaling';
import { createBucket } from '../../src/adapters/s3-buckets';
import { S3DataBuckets } from '../../src/adapters/s3-data-buckets';
import type { DataSetSpec, Ec2TargetSpec } from '../../src/domain/spec';
import type { Wire } from './wire';
import { closeWires, openWire, queryAnswer } from './wire';

const owner = { workload: 'ranker', run: 'run-1' };
const NAME = 'crossfade-ranker';
const target: Ec2TargetSpec = {
  instanceType: 'g5.xlarge',
  imageId: 'ami-1',
  subnetIds: ['subnet-1', 'subnet-2'],
  securityGroupIds: ['sg-1'],
  instanceProfile: 'gpu-node',
  userData: 'serve',
  port: 9000,
  healthPath: '/ready',
  min: 1,
  desired: 2,
  max: 3,
  healthCheckGraceSeconds: 240,
};

afterEach(closeWires);

describe('CreateLaunchTemplate on the wire', () => {
  test('createLaunchTemplate: image, type, network, profile and user data are the spec’s, and it answers the ID', async () => {
    const wire = await openWire(() => ({
      body: '<CreateLaunchTemplateResponse><launchTemplate><launchTemplateId>lt-1</launchTemplateId></launchTemplate></CreateLaunchTemplateResponse>',
    }));
    const compute = new Ec2Compute(new EC2Client(wire.client), new AutoScalingClient(wire.client));
    expect(await compute.createLaunchTemplate(NAME, target, owner)).toEqual({ id: 'lt-1' });
    expect(wire.seen.map(({ form }) => form)).toEqual([
      expect.objectContaining({
        Action: 'CreateLaunchTemplate',
        LaunchTemplateName: NAME,
        'LaunchTemplateData.ImageId': 'ami-1',
        'LaunchTemplateData.InstanceType': 'g5.xlarge',
        'LaunchTemplateData.SecurityGroupId.1': 'sg-1',
        'LaunchTemplateData.IamInstanceProfile.Name': 'gpu-node',
        'LaunchTemplateData.UserData': Buffer.from('serve').toString('base64'),
        'TagSpecification.1.ResourceType': 'launch-template',
        'TagSpecification.1.Tag.1.Key': 'crossfade:workload',
        'TagSpecification.1.Tag.1.Value': 'ranker',
        'TagSpecification.1.Tag.2.Key': 'crossfade:run',
        'TagSpecification.1.Tag.2.Value': 'run-1',
      }),
    ]);
  });

  test('createLaunchTemplate: instances give their credentials only to requests with a token', async () => {
    const wire = await openWire(() => ({ body: '<CreateLaunchTemplateResponse/>' }));
    const compute = new Ec2Compute(new EC2Client(wire.client), new AutoScalingClient(wire.client));
    await compute.createLaunchTemplate(NAME, target, owner);
    expect(wire.seen[0]?.form).toMatchObject({
      'LaunchTemplateData.MetadataOptions.HttpTokens': 'required',
      'LaunchTemplateData.MetadataOptions.HttpEndpoint': 'enabled',
    });
  });
});

describe('CreateAutoScalingGroup on the wire', () => {
  async function created(): Promise<Readonly<Record<string, string>>> {
    const wire = await openWire(() => queryAnswer('CreateAutoScalingGroup', ''));
    const compute = new Ec2Compute(new EC2Client(wire.client), new AutoScalingClient(wire.client));
    await compute.createAutoScalingGroup(NAME, target, 'lt-1', 'arn:tg/target', owner);
    expect(wire.seen).toHaveLength(1);
    return wire.seen[0]?.form ?? {};
  }

  test('createAutoScalingGroup: the load balancer’s health check decides, after the spec’s grace period', async () => {
    expect(await created()).toMatchObject({ HealthCheckType: 'ELB', HealthCheckGracePeriod: '240' });
  });

  test('createAutoScalingGroup: sizes, subnets, template and target group are the given ones', async () => {
    expect(await created()).toMatchObject({
      Action: 'CreateAutoScalingGroup',
      AutoScalingGroupName: NAME,
      MinSize: '1',
      DesiredCapacity: '2',
      MaxSize: '3',
      VPCZoneIdentifier: 'subnet-1,subnet-2',
      'LaunchTemplate.LaunchTemplateId': 'lt-1',
      'LaunchTemplate.Version': '$Default',
      'TargetGroupARNs.member.1': 'arn:tg/target',
    });
  });

  test('createAutoScalingGroup: it is tagged as ours from its creation on, its instances too', async () => {
    const form = await created();
    const tags = [1, 2, 3].map((n) =>
      ['Key', 'Value', 'PropagateAtLaunch'].map((field) => form[`Tags.member.${n}.${field}`]),
    );
    expect(tags).toEqual([
      ['Name', NAME, 'true'],
      ['crossfade:workload', 'ranker', 'true'],
      ['crossfade:run', 'run-1', 'true'],
    ]);
  });
});

describe('createBucket on the wire', () => {
  const dataSet: DataSetSpec = {
    name: 'models',
    from: 's3://bucket-from',
    to: 's3://bucket-to/models',
    method: 'auto',
    infrequentAccessAfterDays: 45,
  };
  const OWNER_TAGS =
    '<Tag><Key>crossfade:workload</Key><Value>ranker</Value></Tag><Tag><Key>crossfade:run</Key><Value>run-1</Value></Tag>';
  const KMS = '<SSEAlgorithm>aws:kms</SSEAlgorithm>';
  const refusal = (code: string, status: number): { status: number; body: string } => ({
    status,
    body: `<Error><Code>${code}</Code><Message>no</Message></Error>`,
  });

  /** S3 with a bucket that is made on request; `says` is asked first. */
  function openS3(says: Readonly<Record<string, { status?: number; body?: string }>> = {}): Promise<Wire> {
    const fresh: typeof says = {
      'GET tagging': { body: `<Tagging><TagSet>${OWNER_TAGS}</TagSet></Tagging>` },
      'GET lifecycle': refusal('NoSuchLifecycleConfiguration', 404),
      'GET policy': refusal('NoSuchBucketPolicy', 404),
      'GET encryption': refusal('ServerSideEncryptionConfigurationNotFoundError', 404),
      'GET publicAccessBlock': refusal('NoSuchPublicAccessBlockConfiguration', 404),
      'GET id&intelligent-tiering': refusal('NoSuchConfiguration', 404),
      'GET id&inventory': refusal('NoSuchConfiguration', 404),
      'GET replication': refusal('ReplicationConfigurationNotFoundError', 404),
    };
    const written = new Map<string, string>();
    return openWire(({ method, url, body }) => {
      const what = subresource(url);
      const said = says[`${method} ${what}`] ?? {};
      if (method === 'PUT' && (said.status ?? 200) < 300) written.set(what, body);
      const standing = written.get(what);
      // Settings are read back.
      if (method === 'GET' && what !== 'tagging' && standing !== undefined) return { body: standing };
      return { ...fresh, ...says }[`${method} ${what}`] ?? {};
    });
  }

  function subresource(url: string): string {
    const keys = [...new URL(url, 'http://s3').searchParams.keys()].filter((key) => key !== 'x-id');
    return keys.sort().join('&');
  }

  /** Subresource → body of the one PUT; '' is the creation. */
  async function puts(wire: Wire, spec = dataSet, region = 'eu-west-1'): Promise<Map<string, string>> {
    await createBucket(new S3Client({ ...wire.client, region }), spec, region, owner);
    const sent = wire.seen.filter((request) => request.method === 'PUT');
    expect(new Set(sent.map((request) => new URL(request.url, 'http://s3').pathname))).toEqual(
      new Set(['/bucket-to/']),
    );
    const bodies = new Map(sent.map((request) => [subresource(request.url), request.body] as const));
    expect(bodies.size).toBe(sent.length);
    return bodies;
  }

  test('createBucket: region and ownership tags come with the creation itself', async () => {
    const creation = (await puts(await openS3())).get('');
    expect(creation).toContain('<LocationConstraint>eu-west-1</LocationConstraint>');
    expect(creation).toContain(`<Tags>${OWNER_TAGS}</Tags>`);
  });

  test('createBucket: in us-east-1 no region is named, which S3 would refuse', async () => {
    const creation = (await puts(await openS3(), dataSet, 'us-east-1')).get('');
    expect(creation).not.toContain('LocationConstraint');
    expect(creation).toContain(OWNER_TAGS);
  });

  test('createBucket: public access is blocked in all four ways', async () => {
    expect((await puts(await openS3())).get('publicAccessBlock')).toContain(
      '<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>' +
        '<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>',
    );
  });

  test.each([
    ['the account’s own key', {}, KMS],
    ['the spec’s key', { kmsKeyId: 'key-1' }, `${KMS}<KMSMasterKeyID>key-1</KMSMasterKeyID>`],
  ])('createBucket: objects are encrypted with KMS by %s, through a bucket key', async (_name, more, algorithm) => {
    const encryption = (await puts(await openS3(), { ...dataSet, ...more })).get('encryption');
    expect(encryption).toContain(
      '<Rule><ApplyServerSideEncryptionByDefault>' +
        `${algorithm}</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>`,
    );
  });

  test('createBucket: the lifecycle moves our prefix to Infrequent Access and ends uploads that were given up', async () => {
    const lifecycle = (await puts(await openS3())).get('lifecycle');
    expect(lifecycle).toContain('<Transition><Days>45</Days><StorageClass>STANDARD_IA</StorageClass></Transition>');
    expect(lifecycle).toContain(
      '<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>',
    );
    expect(lifecycle?.match(/<Prefix>[^<]*<\/Prefix>/g)).toEqual(Array(2).fill('<Prefix>models/</Prefix>'));
    expect(lifecycle?.match(/<Status>[^<]*<\/Status>/g)).toEqual(Array(2).fill('<Status>Enabled</Status>'));
  });

  test('createBucket: a lifecycle rule of somebody else stays beside ours', async () => {
    const theirs = '<ID>theirs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter>';
    const body = `<LifecycleConfiguration><Rule>${theirs}<Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>`;
    const lifecycle = (await puts(await openS3({ 'GET lifecycle': { body } }))).get('lifecycle');
    expect(lifecycle?.match(/<ID>[^<]*<\/ID>/g)).toEqual([
      '<ID>theirs</ID>',
      '<ID>crossfade-models-infrequent-access</ID>',
      '<ID>crossfade-models-abort-uploads</ID>',
    ]);
    expect(lifecycle).toContain('<Expiration><Days>9</Days></Expiration>');
  });

  test('createBucket: a bucket left half made is tagged beside what others wrote, and finished', async () => {
    const tag = '<Tag><Key>team</Key><Value>search</Value></Tag>';
    const bodies = await puts(
      await openS3({
        'PUT ': refusal('BucketAlreadyOwnedByYou', 409),
        'GET tagging': { body: `<Tagging><TagSet>${tag}</TagSet></Tagging>` },
      }),
    );
    expect(bodies.get('tagging')).toContain(`<TagSet>${tag}${OWNER_TAGS}</TagSet>`);
    expect([...bodies.keys()]).toEqual(['', 'tagging', 'publicAccessBlock', 'encryption', 'lifecycle', 'policy']);
  });

  test('createBucket: tags that came with the creation are not written again', async () => {
    expect((await puts(await openS3())).has('tagging')).toBe(false);
  });

  test('createBucket: a name that another account has is an error, and nothing else is asked', async () => {
    const wire = await openS3({ 'PUT ': refusal('BucketAlreadyExists', 409) });
    await expect(createBucket(new S3Client(wire.client), dataSet, 'eu-west-1', owner)).rejects.toMatchObject({
      code: 'AwsRejected',
    });
    expect(wire.seen).toHaveLength(1);
  });
});

describe('hasObject on the wire', () => {
  const URL_OF_MODEL = 's3://bucket/models/ranker/model.tar.gz';

  test.each([
    ['there', 200, true],
    ['not there', 404, false],
  ])('hasObject: an object that is %s', async (_name, status, expected) => {
    const wire = await openWire(() => ({ status }));
    expect(await new S3DataBuckets(new S3Client(wire.client)).hasObject(URL_OF_MODEL)).toBe(expected);
    expect(wire.seen.map(({ method, url }) => [method, url])).toEqual([['HEAD', '/bucket/models/ranker/model.tar.gz']]);
  });

  test('hasObject: one that may not be read is no answer', async () => {
    const wire = await openWire(() => ({ status: 403 }));
    const buckets = new S3DataBuckets(new S3Client(wire.client));
    await expect(buckets.hasObject(URL_OF_MODEL)).rejects.toMatchObject({ code: 'AwsDenied' });
  });
});
