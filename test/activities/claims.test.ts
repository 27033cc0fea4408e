import { MigrationError } from '../../src/domain/errors';
import { Stage } from './support';

const asker = { workload: 'ranker', workflowId: 'migration/ranker' };
const other = { workload: 'other', workflowId: 'migration/other' };

test('acquireClaims: all are held afterwards, twice is once', async () => {
  const stage = new Stage();
  await stage.activities.acquireClaims({ arns: ['a', 'b', 'a'], ...asker });
  await stage.activities.acquireClaims({ arns: ['a', 'b'], ...asker });

  expect([...stage.world.claims]).toEqual([
    ['a', asker],
    ['b', asker],
  ]);
});

test('acquireClaims: one that is held by another names the holder, and the others are given back', async () => {
  const stage = new Stage();
  stage.world.claims.set('b', other);

  await expect(stage.activities.acquireClaims({ arns: ['a', 'b'], ...asker })).rejects.toMatchObject({
    type: 'ClaimHeld',
    message: 'b is held by workload other (migration/other)',
  });
  expect([...stage.world.claims]).toEqual([['b', other]]);
});

test('acquireClaims: a claim that was granted and whose reply was lost is given back too', async () => {
  const stage = new Stage();
  stage.faults.loseNextReply('claims.acquire');

  await expect(stage.activities.acquireClaims({ arns: ['a'], ...asker })).rejects.toThrow('socket hang up');
  expect(stage.world.claims.size).toBe(0);
});

test('acquireClaims: a claim that cannot be given back does not hide who holds the other', async () => {
  const stage = new Stage();
  stage.world.claims.set('b', other);
  stage.faults.failEvery('claims.release', new MigrationError('TemporalUnreachable', 'no server'));

  await expect(stage.activities.acquireClaims({ arns: ['a', 'b'], ...asker })).rejects.toMatchObject({
    type: 'ClaimHeld',
  });
});

test('releaseClaims: what another workload holds stays held', async () => {
  const stage = new Stage();
  stage.world.claims.set('a', asker).set('b', other);

  await stage.activities.releaseClaims({ arns: ['a', 'b', 'c'], workload: 'ranker' });

  expect([...stage.world.claims.keys()]).toEqual(['b']);
});
