import { ensureOwned } from '../../src/activities/ownership';
import { MigrationError } from '../../src/domain/errors';
import type { Owner } from '../../src/domain/resources';

const OWNER: Owner = { workload: 'ranker', run: 'run-1' };
const WANTED = { what: 'Auto Scaling group crossfade-ranker', owner: OWNER, adopt: false };
const NAME_TAKEN = new MigrationError('AwsRejected', 'AlreadyExists: a group by this name already exists');

/** Not there at first; after the creation was tried, owned by `afterwards`. */
function world(afterwards: Owner | undefined | 'nothing', error: MigrationError = NAME_TAKEN) {
  let isTried = false;
  const find = async () =>
    isTried && afterwards !== 'nothing' ? { value: { name: 'crossfade-ranker' }, owner: afterwards } : undefined;
  const create = async (): Promise<{ name: string }> => {
    isTried = true;
    throw error;
  };
  return ensureOwned(WANTED, find, create);
}

test('a creation that the SDK repeated after a lost reply: what its first request made is used', async () => {
  await expect(world(OWNER)).resolves.toEqual({ name: 'crossfade-ranker' });
});

test.each<{ whose: string; owner: Owner | undefined | 'nothing' }>([
  { whose: 'nobody of ours', owner: undefined },
  { whose: 'another run', owner: { workload: 'ranker', run: 'run-0' } },
  { whose: 'another workload', owner: { workload: 'search', run: 'run-1' } },
  { whose: 'nobody: it is not there', owner: 'nothing' },
])('a creation that was rejected: the rejection stands when the name belongs to $whose', async ({ owner }) => {
  await expect(world(owner)).rejects.toBe(NAME_TAKEN);
});

test('a creation that was denied: the denial stands', async () => {
  const denied = new MigrationError('AwsDenied', 'not allowed to autoscaling:CreateAutoScalingGroup');

  await expect(world(OWNER, denied)).rejects.toBe(denied);
});
