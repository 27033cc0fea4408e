import {
  GetHealthCheckStatusCommand,
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
} from '@aws-sdk/client-route-53';
import { ModelServer } from '../../../lab/fleet/server';
import { eventually } from '../eventually';
import { LocalRoute53, ZONE, upsert, weighted } from './local-route53';

const route53 = new LocalRoute53();
const stacks = ['source', 'target'].map(
  (side) => new ModelServer({ instanceId: side, side: side as 'source' | 'target', serviceTimeMs: 0 }),
);
let checks: string[];
const ADDRESSES = ['127.0.0.2', '127.0.0.3'] as const;

beforeAll(async () => {
  await route53.start();
  const urls = await Promise.all(stacks.map((stack) => stack.start()));
  checks = [];
  for (const url of urls) checks.push(await route53.check(Number(new URL(url).port)));
}, 60_000);

afterAll(async () => {
  await route53.stop();
  await Promise.all(stacks.map((stack) => stack.stop()));
});

function fail(source: boolean, target: boolean): void {
  [source, target].forEach((isFailing, index) => (stacks[index]!.fault = isFailing ? { fail: true } : {}));
}

async function statusOf(check: string | undefined): Promise<(string | undefined)[]> {
  const reply = await route53.client.send(new GetHealthCheckStatusCommand({ HealthCheckId: check }));
  return (reply.HealthCheckObservations ?? []).map(({ StatusReport }) => StatusReport?.Status);
}

test('health check: says what the endpoint answered', async () => {
  fail(false, true);

  await eventually(async () => {
    expect(await statusOf(checks[0])).toEqual([expect.stringMatching(/^Success: HTTP Status Code 200/)]);
    expect(await statusOf(checks[1])).toEqual([expect.stringMatching(/^Failure: HTTP Status Code 503/)]);
  });
});

test.each([
  ['the heavier one while both are well', [false, false], 0],
  ['the one at weight 0 when the other fails', [true, false], 1],
  ['the heavier one when both fail', [true, true], 0],
] as const)('name server: answers with %s', async (_what, [source, target], answered) => {
  const records = ADDRESSES.map((address, index) =>
    weighted(address, index === 0 ? 1 : 0, address, { HealthCheckId: checks[index] }),
  );
  await route53.changeNow(...records.map(upsert));
  fail(source, target);

  await eventually(async () => {
    const [[one], [other]] = [await statusOf(checks[0]), await statusOf(checks[1])];
    expect([one?.startsWith('Failure'), other?.startsWith('Failure')]).toEqual([source, target]);
    expect(await route53.draw(`api.${ZONE}`, 10)).toEqual({ [ADDRESSES[answered]]: 10 });
  });
});

test('health check: of a kind that the lab cannot make it is refused', async () => {
  const create = new CreateHealthCheckCommand({ CallerReference: 'tcp', HealthCheckConfig: { Type: 'TCP', Port: 80 } });

  await expect(route53.client.send(create)).rejects.toMatchObject({ name: 'InvalidInput' });
});

test('health check: one that was deleted is not there', async () => {
  const id = await route53.check(1);
  await route53.client.send(new DeleteHealthCheckCommand({ HealthCheckId: id }));

  await expect(statusOf(id)).rejects.toMatchObject({ name: 'NoSuchHealthCheck' });
});
