import type { Change, ListResourceRecordSetsRequest, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { DeleteHostedZoneCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { LocalRoute53, ZONE, upsert, weighted } from './local-route53';

const route53 = new LocalRoute53();
const SOURCE = '127.0.0.2';
const TARGET = '127.0.0.3';

beforeAll(() => route53.start(), 60_000);
afterAll(() => route53.stop());

const text = (Name: string, Value: string): ResourceRecordSet => ({
  Name,
  Type: 'TXT',
  TTL: 60,
  ResourceRecords: [{ Value: `"${Value}"` }],
});
const act = (Action: 'CREATE' | 'DELETE', record: ResourceRecordSet): Change => ({ Action, ResourceRecordSet: record });

async function listed(name: string): Promise<ResourceRecordSet[]> {
  const command = new ListResourceRecordSetsCommand({
    HostedZoneId: route53.zoneId,
    StartRecordName: name,
    MaxItems: 2,
  });
  return (await route53.client.send(command)).ResourceRecordSets ?? [];
}

/** To the zone's end, two at a time. */
async function* pagesFrom(name: string): AsyncGenerator<ResourceRecordSet[]> {
  let next: ListResourceRecordSetsRequest | undefined = { HostedZoneId: route53.zoneId, StartRecordName: name };
  while (next !== undefined) {
    const command: ListResourceRecordSetsCommand = new ListResourceRecordSetsCommand({ ...next, MaxItems: 2 });
    const reply = await route53.client.send(command);
    yield reply.ResourceRecordSets ?? [];
    next = reply.IsTruncated
      ? {
          HostedZoneId: route53.zoneId,
          StartRecordName: reply.NextRecordName,
          StartRecordType: reply.NextRecordType,
          StartRecordIdentifier: reply.NextRecordIdentifier,
        }
      : undefined;
  }
}

test('name server: answers are divided by weight and carry the TTL of their record', async () => {
  await route53.changeNow(upsert(weighted('source', 90, SOURCE)), upsert(weighted('target', 10, TARGET, { TTL: 7 })));

  const counts = await route53.draw(`api.${ZONE}`, 1_000);
  expect(counts[TARGET]).toBeGreaterThan(60);
  expect(counts[TARGET]).toBeLessThan(150);
  expect((counts[SOURCE] ?? 0) + (counts[TARGET] ?? 0)).toBe(1_000);

  await route53.changeNow(upsert(weighted('source', 0, SOURCE)));
  expect(await route53.ask(`api.${ZONE}`)).toEqual([{ address: TARGET, ttl: 7 }]);
});

test('name server: a change is answered when it is INSYNC, and not before', async () => {
  await route53.changeNow(upsert(weighted('source', 1, SOURCE)), upsert(weighted('target', 0, TARGET)));

  const change = await route53.change(upsert(weighted('source', 0, SOURCE)), upsert(weighted('target', 1, TARGET)));
  route53.nowMs += 499;
  expect([change.Status, await route53.status(change)]).toEqual(['PENDING', 'PENDING']);
  expect(await route53.draw(`api.${ZONE}`, 20)).toEqual({ [SOURCE]: 20 });
  expect((await listed(`api.${ZONE}`)).map(({ Weight }) => Weight)).toEqual([0, 1]);

  route53.nowMs += 1;
  expect(await route53.status(change)).toBe('INSYNC');
  expect(await route53.draw(`api.${ZONE}`, 20)).toEqual({ [TARGET]: 20 });
});

test('name server: a name that is not there, and a type that a name does not have, are two answers', async () => {
  await expect(route53.ask(`nothing.${ZONE}`)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(route53.askText(`api.${ZONE}`)).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(route53.ask('api.example.org')).rejects.toMatchObject({ code: 'EREFUSED' });
});

test('name server: a CNAME is followed inside the zone', async () => {
  await route53.changeNow(
    upsert({ Name: `www.${ZONE}`, Type: 'CNAME', TTL: 5, ResourceRecords: [{ Value: `one.${ZONE}` }] }),
    upsert({ Name: `one.${ZONE}`, Type: 'A', TTL: 5, ResourceRecords: [{ Value: SOURCE }] }),
  );

  expect(await route53.ask(`www.${ZONE}`)).toEqual([{ address: SOURCE, ttl: 5 }]);
});

test('change: set identifiers mean something inside their own name only', async () => {
  await route53.changeNow(
    upsert(weighted('source', 1, SOURCE, { Name: `a.${ZONE}` })),
    upsert(weighted('source', 1, TARGET, { Name: `b.${ZONE}` })),
  );
  await route53.changeNow(act('DELETE', weighted('source', 1, SOURCE, { Name: `a.${ZONE}` })));

  expect(await route53.draw(`b.${ZONE}`, 1)).toEqual({ [TARGET]: 1 });
});

test('change: of two decisions that begin at the same one, the second is refused and changes nothing', async () => {
  const name = `_crossfade.api.${ZONE}`;
  await route53.changeNow(upsert(weighted('source', 1, SOURCE)), act('CREATE', text(name, '1')));
  const decide = (value: string, weight: number): Promise<void> =>
    route53.changeNow(
      act('DELETE', text(name, '1')),
      act('CREATE', text(name, value)),
      upsert(weighted('source', weight, SOURCE)),
    );

  await decide('2', 90);
  await expect(decide('3', 50)).rejects.toMatchObject({
    name: 'InvalidChangeBatch',
    message: expect.stringContaining('do not match the current values') as string,
  });
  expect(await route53.askText(name)).toEqual([['2']]);
  expect((await listed(`api.${ZONE}`))[0]).toMatchObject({ Weight: 90 });
});

test.each<[string, string, string, () => Change[]]>([
  [
    'a record that is there',
    'InvalidChangeBatch',
    'already exists',
    () => [act('CREATE', weighted('source', 1, SOURCE))],
  ],
  [
    'the end of one that is not',
    'InvalidChangeBatch',
    'was not found',
    () => [act('DELETE', weighted('x', 1, SOURCE))],
  ],
  [
    'a name of another zone',
    'InvalidChangeBatch',
    'not permitted in zone',
    () => [upsert(weighted('source', 1, SOURCE, { Name: 'api.example.org' }))],
  ],
  [
    'a simple record beside weighted ones',
    'InvalidChangeBatch',
    'another routing policy',
    () => [upsert({ Name: `api.${ZONE}`, Type: 'A', TTL: 2, ResourceRecords: [{ Value: SOURCE }] })],
  ],
  [
    'a CNAME beside other records',
    'InvalidChangeBatch',
    'CNAME',
    () => [upsert({ Name: `api.${ZONE}`, Type: 'CNAME', TTL: 2, ResourceRecords: [{ Value: 'example.org' }] })],
  ],
  ['a weight above 255', 'InvalidInput', 'less than or equal to 255', () => [upsert(weighted('source', 256, SOURCE))]],
  [
    'a health check that is not there',
    'NoSuchHealthCheck',
    'does not exist',
    () => [upsert(weighted('source', 1, SOURCE, { HealthCheckId: 'nothing' }))],
  ],
])('change: %s is refused in AWS words', async (_what, name, words, changes) => {
  await route53.changeNow(upsert(weighted('source', 1, SOURCE)));

  await expect(route53.change(...changes())).rejects.toMatchObject({
    name,
    message: expect.stringContaining(words) as string,
  });
});

test('list: comes in pages that begin where the last one ended, also between records of one name', async () => {
  const records = ['a', 'b', 'c', 'd', 'e'].map((id) => weighted(id, 1, SOURCE, { Name: `zzz.${ZONE}` }));
  await route53.changeNow(...records.map(upsert));

  const seen = [];
  for await (const page of pagesFrom(`zzz.${ZONE}`)) seen.push(page.map(({ SetIdentifier }) => SetIdentifier));
  expect(seen).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('hosted zone: one with records of its own cannot be deleted', async () => {
  await route53.changeNow(upsert(weighted('source', 1, SOURCE)));

  await expect(route53.client.send(new DeleteHostedZoneCommand({ Id: route53.zoneId }))).rejects.toMatchObject({
    name: 'HostedZoneNotEmpty',
  });
});

test('change: one that nobody made is not there', async () => {
  await expect(route53.status({ Id: 'C1', Status: 'PENDING', SubmittedAt: new Date() })).rejects.toMatchObject({
    name: 'NoSuchChange',
  });
});
