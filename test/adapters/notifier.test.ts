import { createHmac } from 'node:crypto';
import { addressProblem } from '../../src/adapters/webhook-address';
import type { NotifySpec } from '../../src/domain/spec';
import type { Reply } from './webhooks';
import { notifier, NOTICE, Receiver } from './webhooks';

/* Real servers on loopback: what arrives, and what happens when they do not behave. */

let receivers: Receiver[] = [];

async function receiving(reply?: Reply): Promise<Receiver> {
  const receiver = await Receiver.open(reply);
  receivers.push(receiver);
  return receiver;
}

afterEach(async () => {
  for (const receiver of receivers) await receiver.close();
  receivers = [];
});

describe('what arrives', () => {
  test('a webhook: gets the notice as JSON, with the ID under which it is sent again', async () => {
    const receiver = await receiving();
    await notifier().notify({ webhook: receiver.url('/T0/secret?x=1') }, NOTICE);
    const [delivery] = receiver.seen;

    expect(delivery).toMatchObject({
      method: 'POST',
      url: '/T0/secret?x=1',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': 'event-1',
        'x-crossfade-event': 'gate',
      },
    });
    expect(delivery?.headers).not.toHaveProperty('x-crossfade-signature');
    expect(JSON.parse(delivery?.body ?? '')).toEqual(NOTICE);
  });

  test('a webhook with a key: the signature is over the time and the very body', async () => {
    const receiver = await receiving();
    const { body, headers } = await signed(receiver, 'k€y');

    // As docs/notifications.md tells receivers to check it.
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-crossfade-signature'])) ?? [];
    expect(t).toBe('1767312000');
    expect(v1).toBe(createHmac('sha256', 'k€y').update(`${t}.`).update(body).digest('hex'));
  });

  async function signed(receiver: Receiver, key: string): Promise<{ body: string; headers: Record<string, unknown> }> {
    const environment = { CROSSFADE_NOTIFY_KEY: key };
    await notifier({}, environment).notify({ webhook: receiver.url(), signWith: 'env:CROSSFADE_NOTIFY_KEY' }, NOTICE);
    const [delivery] = receiver.seen;
    if (delivery === undefined) throw new Error('nothing arrived');
    return delivery;
  }

  test('an address by reference: is read from the worker, and the link leads into the UI', async () => {
    const receiver = await receiving();
    const environment = { CROSSFADE_NOTIFY_SLACK: ` ${receiver.url('/services/T0/B0/x')}\n` };
    const pageOf = (id: string): string => `http://ui/workflows/${encodeURIComponent(id)}`;
    await notifier({ pageOf }, environment).notify({ slack: 'env:CROSSFADE_NOTIFY_SLACK' }, NOTICE);

    expect(receiver.seen[0]?.url).toBe('/services/T0/B0/x');
    expect(receiver.seen[0]?.body).toContain('<http://ui/workflows/migration%2Franker|');
  });

  test('a chat: foreign text calls no channel and makes no link, and every block fits', async () => {
    const receiver = await receiving();
    await notifier().notify({ slack: receiver.url() }, { ...NOTICE, text: `<!channel> & ${'x'.repeat(9_000)}` });
    const message = JSON.parse(receiver.seen[0]?.body ?? '') as { text: string; blocks: { text?: { text: string } }[] };

    expect(message.text).toContain('&lt;!channel&gt; &amp; x');
    expect(JSON.stringify(message)).not.toContain('<!channel');
    expect(message.blocks.map(({ text }) => text?.text.length ?? 0).filter((length) => length > 3_000)).toEqual([]);
    expect(JSON.stringify(message)).toContain('crossfade approve ranker --gate g');
  });
});

describe('receivers that do not behave', () => {
  const status =
    (code: number, headers: Record<string, string> = {}): Reply =>
    (_delivery, response) =>
      response.writeHead(code, headers).end('nothing to read');

  test.each<[string, Reply, string, string]>([
    ['never answers', () => undefined, 'EndpointUnreachable', 'no answer within 300 ms'],
    ['is ill', status(500), 'EndpointUnreachable', 'was answered with 500'],
    ['has had enough', status(429), 'EndpointUnreachable', 'was answered with 429'],
    ['cuts the connection', (_delivery, _response, socket) => socket.destroy(), 'EndpointUnreachable', 'hang up'],
    ['does not want it', status(403), 'NoticeRefused', 'was answered with 403'],
    ['is gone', status(410), 'NoticeRefused', 'was answered with 410'],
  ])('a receiver that %s: is told so by its host, without the secret path', async (_name, reply, code, words) => {
    const receiver = await receiving(reply);
    await expect(notifier().notify({ webhook: receiver.url('/T0/secret') }, NOTICE)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(
        new RegExp(`^POST to the webhook at 127\\.0\\.0\\.1:\\d+\\b(?!.*secret).*${words}`),
      ),
    });
  });

  test('a redirect: is not followed, wherever it leads', async () => {
    const elsewhere = await receiving();
    const receiver = await receiving(status(307, { location: elsewhere.url() }));
    await expect(notifier().notify({ webhook: receiver.url() }, NOTICE)).rejects.toMatchObject({
      code: 'NoticeRefused',
      message: expect.stringContaining('redirects are not followed'),
    });
    expect(elsewhere.seen).toEqual([]);
  });

  test('an endless answer: its head is a delivery, and the rest is not waited for', async () => {
    const receiver = await receiving((_delivery, response) => response.writeHead(200).write('more to come'));
    await expect(notifier().notify({ webhook: receiver.url() }, NOTICE)).resolves.toBeUndefined();
  });

  test('nobody at the address: EndpointUnreachable, without the path', async () => {
    const receiver = await Receiver.open();
    const url = receiver.url('/T0/secret');
    await receiver.close();
    await expect(notifier().notify({ webhook: url }, NOTICE)).rejects.toMatchObject({
      code: 'EndpointUnreachable',
      message: expect.not.stringContaining('secret'),
    });
  });

  test.each<[string, NotifySpec, Record<string, string>, string]>([
    ['a variable that is not set', { webhook: 'http://h/', signWith: 'env:CROSSFADE_NOTIFY_KEY' }, {}, 'nothing in it'],
    [
      'an address that is none',
      { slack: 'env:CROSSFADE_NOTIFY_A' },
      { CROSSFADE_NOTIFY_A: 'hunter2' },
      'no http or https',
    ],
    [
      'another variable of the worker',
      { slack: 'env:AWS_SECRET_ACCESS_KEY' },
      { AWS_SECRET_ACCESS_KEY: 'hunter2' },
      'neither',
    ],
  ])('%s: is refused, and its value is not said', async (_name, to, environment, words) => {
    await expect(notifier({}, environment).notify(to, NOTICE)).rejects.toMatchObject({
      code: 'NoticeRefused',
      message: expect.stringMatching(new RegExp(`^(?!.*hunter2).*${words}`)),
    });
  });
});

describe('where a webhook may lead', () => {
  const strict = notifier({ limits: { deadlineMs: 300, privateHosts: [] } });

  test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]'])(
    '%s: nothing is sent where the worker does not name the host',
    async (host) => {
      const receiver = await receiving();
      await expect(strict.notify({ webhook: `http://${host}:${receiver.port}/` }, NOTICE)).rejects.toMatchObject({
        code: 'NoticeRefused',
        message: expect.stringContaining('CROSSFADE_NOTIFY_PRIVATE_HOSTS'),
      });
      expect(receiver.seen).toEqual([]);
    },
  );

  test('a name that the worker names: may be private', async () => {
    const receiver = await receiving();
    await notifier().notify({ webhook: `http://localhost:${receiver.port}/` }, NOTICE);
    expect(receiver.seen).toHaveLength(1);
  });

  test.each(['169.254.169.254', '0.0.0.0', 'fe80::1', 'fd00:ec2::254', '::ffff:169.254.169.254', '255.255.255.255'])(
    '%s: is never a webhook, whoever names it',
    (address) => {
      expect(addressProblem(address, address, [address])).toContain('where no webhook is');
    },
  );

  test.each(['10.1.2.3', '172.31.0.1', '192.168.0.1', '100.64.0.1', 'fd12::1', '::ffff:10.0.0.1', '64:ff9b::a00:1'])(
    '%s: is private',
    (address) => {
      expect(addressProblem('hooks.example.com', address, [])).toContain('private');
      expect(addressProblem('hooks.example.com', address, ['hooks.example.com'])).toBeUndefined();
    },
  );

  test.each(['93.184.216.34', '172.32.0.1', '2606:2800:220:1::1'])('%s: is public', (address) => {
    expect(addressProblem('hooks.example.com', address, [])).toBeUndefined();
  });
});
