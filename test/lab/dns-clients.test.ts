import net from 'node:net';
import { NameServer } from '../../lab/dns/name-server';
import { listenOnSamePort } from '../../lab/loopback';
import { seededRandom } from '../../lab/seeded';
import { DnsClients } from '../../lab/traffic/dns-clients';

const [SOURCE, TARGET] = ['127.0.0.2', '127.0.0.3'];
const TTL_SECONDS = 2;

let weightOfTarget = 0;
let questions = 0;
let server: string;
let nowMs = 0;

const nameServer = new NameServer(() => {
  questions += 1;
  const record = (SetIdentifier: string, Weight: number): object => ({
    Name: 'api.example.com.',
    Type: 'A',
    TTL: TTL_SECONDS,
    SetIdentifier,
    Weight,
    ResourceRecords: [{ Value: SetIdentifier }],
  });
  const records = [record(SOURCE, 100 - weightOfTarget), record(TARGET, weightOfTarget)] as never;
  return { zones: [{ name: 'example.com.', records }], isHealthy: () => true, random: seededRandom(1) };
});

beforeAll(async () => (server = await nameServer.start()));
afterAll(() => nameServer.stop());

beforeEach(() => {
  weightOfTarget = 0;
  questions = 0;
  nowMs = 0;
});

async function shareOfTarget(clients: DnsClients, requests = 1_000): Promise<number> {
  const urls = await Promise.all(Array.from({ length: requests }, () => clients.url()));
  return urls.filter((url) => url === `http://${TARGET}:8080`).length / requests;
}

const clientsOf = (name: string): DnsClients =>
  new DnsClients({ server, name, port: 8080 }, seededRandom(5), () => nowMs);

test('DnsClients: an answer is kept for its TTL, by a tenth of them three times as long', async () => {
  const clients = clientsOf('api.example.com');
  expect(await shareOfTarget(clients)).toBe(0);

  weightOfTarget = 100;
  nowMs = TTL_SECONDS * 1_000 - 1;
  expect(await shareOfTarget(clients)).toBe(0);

  nowMs = TTL_SECONDS * 1_000;
  const share = await shareOfTarget(clients);
  expect(share).toBeGreaterThan(0.85);
  expect(share).toBeLessThan(0.95);

  nowMs = 3 * TTL_SECONDS * 1_000;
  expect(await shareOfTarget(clients)).toBe(1);
});

test('DnsClients: each asks once, however many of its users wait for the answer', async () => {
  await shareOfTarget(clientsOf('api.example.com'), 1_000);

  expect(questions).toBe(40);
});

test('DnsClients: a name that is not there fails the request, and is asked for again', async () => {
  const clients = clientsOf('nothing.example.com');

  await expect(clients.url()).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(clients.url()).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(questions).toBe(2);
});

test('listenOnSamePort: an address that this machine does not have is refused with what it needs', async () => {
  const servers = ['127.0.0.1', '192.0.2.1'].map((address) => ({ address, server: net.createServer() }));

  await expect(listenOnSamePort(servers)).rejects.toThrow(/^192\.0\.2\.1 cannot be bound: .* Linux/);
  expect(servers.map((each) => each.server.listening)).toEqual([false, false]);
});
