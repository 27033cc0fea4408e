import { MigrationError } from '../../src/domain/errors';
import { Stage } from './support';

const TO = [{ sns: 'arn:aws:sns:eu-west-1:123456789012:ops' }, { webhook: 'https://hooks.example.com/T0/secret' }];

test('notify: every destination is told, also when one is deaf', async () => {
  const stage = new Stage();
  stage.faults.failCall('notifier.notify', 1, new MigrationError('AwsDenied', 'not allowed to publish'));
  await stage.activities.notify({ to: TO, workload: 'ranker', event: 'gate', text: 'approve?' });

  expect(stage.world.notices).toEqual([{ to: TO[1], notice: { workload: 'ranker', event: 'gate', text: 'approve?' } }]);
});

test('notify: nobody to tell is fine', async () => {
  await expect(
    new Stage().activities.notify({ to: [], workload: 'ranker', event: 'gate', text: 'x' }),
  ).resolves.toBeUndefined();
});
