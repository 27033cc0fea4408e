import { MigrationError } from '../../src/domain/errors';
import type { PreflightResult } from '../../src/contracts/activities';
import { HOSTED_TARGET } from '../support/fakes';
import { EARLIER, OWNER, Stage } from './support';

const name = 'crossfade-ranker';

/** A world with the model where the data set comes from, and room for four instances. */
function stageWithModel(): Stage {
  const stage = new Stage();
  stage.world.buckets.get('ranker-models')!.objects.set('ranker/model.tar.gz', 'weights');
  stage.world.instanceQuotas.set('ml.g5.xlarge', 4);
  return stage;
}

function preflight(stage: Stage, target: object = HOSTED_TARGET, changes: object = {}): Promise<PreflightResult> {
  return stage.activities.preflight({ spec: stage.spec({ target, ...changes }), owner: OWNER, adopt: false });
}

const hostedWith = (changes: object) => ({ sagemaker: { ...HOSTED_TARGET.sagemaker, ...changes } });

test('preflight: a model that a data set brings is looked for where it comes from', async () => {
  const stage = stageWithModel();
  await expect(preflight(stage)).resolves.toMatchObject({ generation: 0 });

  stage.world.buckets.get('ranker-models')!.objects.delete('ranker/model.tar.gz');
  await expect(preflight(stage)).rejects.toMatchObject({
    type: 'SpecInvalid',
    message: expect.stringContaining(
      'target.sagemaker.modelData: there is no object s3://ranker-models/ranker/model.tar.gz, ' +
        'whence s3://ranker-target/model/model.tar.gz is to be copied',
    ),
  });
});

test('preflight: a model beside the data sets is looked for where it is', async () => {
  const stage = stageWithModel();
  const target = hostedWith({ modelData: 's3://ranker-models/other/model.tar.gz' });
  await expect(preflight(stage, target)).rejects.toMatchObject({
    type: 'SpecInvalid',
    message: expect.stringMatching(/no object s3:\/\/ranker-models\/other\/model.tar.gz$/),
  });

  stage.world.buckets.get('ranker-models')!.objects.set('other/model.tar.gz', 'weights');
  await expect(preflight(stage, target)).resolves.toMatchObject({ generation: 0 });
});

test('preflight: a model in the image is looked for nowhere', async () => {
  const stage = stageWithModel();
  const { modelData: _, ...sagemaker } = HOSTED_TARGET.sagemaker;
  await preflight(stage, { sagemaker });
  expect(stage.faults.count('buckets.hasObject')).toBe(0);
});

test('preflight: a model that may not be read is told as such', async () => {
  const stage = stageWithModel();
  stage.faults.failCall('buckets.hasObject', 1, new MigrationError('AwsDenied', 'not allowed to s3:GetObject'));
  await expect(preflight(stage)).rejects.toMatchObject({ type: 'AwsDenied' });
});

describe('the quota', () => {
  test('preflight: a quota below the largest size is told with the words to file', async () => {
    const stage = stageWithModel();
    stage.world.instanceQuotas.set('ml.g5.xlarge', 3);
    await expect(preflight(stage)).rejects.toMatchObject({
      type: 'QuotaTooLow',
      nonRetryable: true,
      message:
        "target.sagemaker asks for up to 4 instances, and the quota 'ml.g5.xlarge for endpoint usage' of eu-west-1 is " +
        '3 for all endpoints together. Ask AWS for more: aws service-quotas request-service-quota-increase ' +
        '--service-code sagemaker --quota-code L-1928E07B --desired-value 4 --region eu-west-1',
    });
  });

  test('preflight: without scaling the wanted instances count', async () => {
    const stage = stageWithModel();
    stage.world.instanceQuotas.set('ml.g5.xlarge', 1);
    await expect(preflight(stage, hostedWith({ scaling: undefined }))).rejects.toMatchObject({
      message: expect.stringContaining('asks for up to 2 instances'),
    });
  });

  test('preflight: a quota that is just enough, and a type without one, pass', async () => {
    const stage = stageWithModel();
    await expect(preflight(stage)).resolves.toMatchObject({ generation: 0 });
    stage.world.instanceQuotas.clear();
    await expect(preflight(stage)).resolves.toMatchObject({ generation: 0 });
  });
});

test('preflight: what an earlier run left of model, configuration and endpoint is named', async () => {
  const stage = stageWithModel();
  stage.world.models.set(name, { owner: EARLIER, image: 'x' });
  stage.world.endpointConfigs.set(name, { owner: EARLIER, instanceCount: 2 });
  const endpoint = { owner: EARLIER, configName: name, instanceCount: 2, createdAtMs: 0, tags: {} };
  stage.world.endpoints.set(name, endpoint);

  await expect(preflight(stage)).rejects.toMatchObject({
    type: 'EarlierRunLeftovers',
    message: expect.stringMatching(/model crossfade-ranker .*endpoint configuration crossfade-.*; endpoint crossfade-/),
  });
});

test('preflight: a target of EC2 asks SageMaker nothing', async () => {
  const stage = new Stage();
  await stage.activities.preflight({ spec: stage.spec(), owner: OWNER, adopt: false });
  expect(stage.faults.count('hosting.*')).toBe(0);
});
