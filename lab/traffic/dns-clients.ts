/**
 * Users as DNS sees them: some dozens of networks, each with a resolver that keeps an answer for its TTL, and a share of
 * them for longer. All of a network's users go where its resolver says.
 */
import dns from 'node:dns/promises';
import type { Random } from '../seeded';

export interface DnsName {
  /** `address:port` of the name server. */
  readonly server: string;
  readonly name: string;
  /** Of the stacks behind the name: an answer of DNS holds none. */
  readonly port: number;
}

const CLIENT_COUNT = 40;
/** Resolvers that take the TTL for a hint: every tenth, three times as long. */
export const OVERSTAYING_EVERY = 10;
export const OVERSTAY_FACTOR = 3;
const TIMEOUT_MS = 2_000;

/** One network: its resolver's cache of one name. */
class Client {
  private address = '';
  private untilMs = 0;
  private asking: Promise<string> | undefined;

  constructor(
    private readonly ask: () => Promise<{ address: string; ttl: number }>,
    /** 1: keeps to the TTL. */
    private readonly factor: number,
    private readonly nowMs: () => number,
  ) {}

  /** All who ask while the question is open get its answer. */
  find(): Promise<string> {
    if (this.nowMs() < this.untilMs) return Promise.resolve(this.address);
    this.asking ??= this.ask()
      .then(({ address, ttl }) => {
        this.address = address;
        this.untilMs = this.nowMs() + this.factor * ttl * 1_000;
        return address;
      })
      .finally(() => (this.asking = undefined));
    return this.asking;
  }
}

export class DnsClients {
  private readonly clients: readonly Client[];

  constructor(
    private readonly name: DnsName,
    private readonly random: Random,
    nowMs: () => number = () => performance.now(),
  ) {
    const resolver = new dns.Resolver({ timeout: TIMEOUT_MS, tries: 2 });
    resolver.setServers([name.server]);
    const ask = async (): Promise<{ address: string; ttl: number }> => {
      const [answer] = await resolver.resolve4(name.name, { ttl: true });
      if (answer === undefined) throw new Error(`${name.name} has no address`);
      return answer;
    };
    this.clients = Array.from(
      { length: CLIENT_COUNT },
      (_, index) => new Client(ask, index % OVERSTAYING_EVERY === 0 ? OVERSTAY_FACTOR : 1, nowMs),
    );
  }

  /** Where a user of one of the networks goes now, such as `http://127.0.0.2:8080`. Rejects when DNS does not answer. */
  async url(): Promise<string> {
    const client = this.clients[Math.floor(this.random() * this.clients.length)] as Client;
    return `http://${await client.find()}:${this.name.port}`;
  }
}
