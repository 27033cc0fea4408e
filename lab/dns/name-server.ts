/** The name servers of Route 53, as one UDP socket. Answers here are far below the 512 bytes that would need TCP. */
import dgram from 'node:dgram';
import { AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';
import type { DecodedPacket } from 'dns-packet';
import { LOOPBACK } from '../loopback';
import { resolve } from './resolution';
import type { ZoneView } from './resolution';

/** The low four bits of the flags; dns-packet takes them from there. */
const CODES = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, REFUSED: 5 } as const;

export class NameServer {
  private readonly socket = dgram.createSocket('udp4');

  /** @param view asked anew for every question. */
  constructor(private readonly view: () => ZoneView) {
    this.socket.on('message', (message, peer) => {
      const reply = this.reply(message);
      if (reply !== undefined) this.socket.send(reply, peer.port, peer.address);
    });
  }

  /** @returns `127.0.0.1:port`. */
  start(): Promise<string> {
    return new Promise((done, fail) => {
      this.socket.once('error', fail);
      this.socket.bind(0, LOOPBACK, () => {
        this.socket.off('error', fail);
        this.socket.on('error', (error) => console.error('dns:', error));
        done(`${LOOPBACK}:${this.socket.address().port}`);
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((done) => this.socket.close(() => done()));
  }

  /** Undefined: no question, so nobody waits for an answer. */
  private reply(message: Buffer): Buffer | undefined {
    const query = decoded(message);
    if (query === undefined || query.type !== 'query') return undefined;
    const [question] = query.questions ?? [];
    if (question === undefined) return this.encoded(query, 'FORMERR');
    const { code, answers, authorities } = resolve(this.view(), question.name, question.type);
    return this.encoded(query, code, { answers: [...answers], authorities: [...authorities] });
  }

  private encoded(query: DecodedPacket, code: keyof typeof CODES, sections: Parameters<typeof encode>[0] = {}): Buffer {
    return encode({
      type: 'response',
      ...(query.id === undefined ? {} : { id: query.id }),
      flags: AUTHORITATIVE_ANSWER | CODES[code],
      questions: query.questions ?? [],
      ...sections,
    });
  }
}

function decoded(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}
