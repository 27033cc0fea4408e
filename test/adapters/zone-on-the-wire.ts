/**
 * A hosted zone behind the wire. Like AWS's: a batch takes effect as a whole or not at all; DELETE must repeat what stands;
 * CREATE must find nothing; a change is PENDING until the test says otherwise.
 */
import type { WireAnswer, WireRequest } from './wire';

export interface ZoneRecord {
  readonly Name: string;
  readonly Type: string;
  /** Everything else, as XML. */
  readonly rest: string;
}

export class ZoneOnTheWire {
  readonly records: ZoneRecord[] = [];
  readonly batches: { readonly action: string; readonly record: ZoneRecord }[][] = [];
  /** Status of a health check's checkers, by its ID; one that is missing is a calculated one. */
  readonly checks = new Map<string, readonly string[]>();
  readonly changes = new Map<string, 'PENDING' | 'INSYNC'>();
  pageSize = 100;
  /** Called before a batch is looked at: somebody else, in between. */
  beforeBatch: () => void = () => undefined;
  /** Whatever the batch says. */
  isBatchInvalid = false;

  readonly answer = (request: WireRequest): WireAnswer => {
    const url = new URL(request.url, 'http://wire');
    const [, , kind, id = ''] = url.pathname.split('/');
    if (kind === 'change') return this.change(id);
    if (kind === 'healthcheck') return this.status(id);
    return request.method === 'POST' ? this.batch(request.body) : this.list(url.searchParams);
  };

  weighted(SetIdentifier: string, Weight: number, rest = '<TTL>60</TTL>', Type = 'A'): void {
    const text = `<SetIdentifier>${SetIdentifier}</SetIdentifier><Weight>${Weight}</Weight>${rest}`;
    this.records.push({ Name: 'api.example.com.', Type, rest: text + VALUE });
  }

  decide(text: string): void {
    const name = '_crossfade.api.example.com.';
    const at = this.records.findIndex(({ Name }) => Name === name);
    if (at >= 0) this.records.splice(at, 1);
    const rest = `<TTL>60</TTL><ResourceRecords><ResourceRecord><Value>"${text}"</Value></ResourceRecord></ResourceRecords>`;
    this.records.push({ Name: name, Type: 'TXT', rest });
  }

  /** Weights by set identifier. */
  weights(): Record<string, number> {
    const weighted = this.records.filter(({ rest }) => rest.includes('<Weight>'));
    return Object.fromEntries(weighted.map((one) => [textOf(one, 'SetIdentifier'), Number(textOf(one, 'Weight'))]));
  }

  decision(): string | undefined {
    const record = this.records.find(({ Type }) => Type === 'TXT');
    return record && textOf(record, 'Value');
  }

  private list(query: URLSearchParams): WireAnswer {
    const start = sortKey(query.get('name') ?? '', query.get('type') ?? '', query.get('identifier') ?? '');
    const from = [...this.records].sort(byKey).filter((one) => keyOf(one) >= start);
    const page = from.slice(0, this.pageSize);
    const next = from[this.pageSize];
    const more = next
      ? `<NextRecordName>${next.Name}</NextRecordName><NextRecordType>${next.Type}</NextRecordType>` +
        `<NextRecordIdentifier>${textOf(next, 'SetIdentifier')}</NextRecordIdentifier>`
      : '';
    const sets = page.map(xmlOf).join('');
    return {
      body: `<ListResourceRecordSetsResponse><ResourceRecordSets>${sets}</ResourceRecordSets><IsTruncated>${next !== undefined}</IsTruncated>${more}<MaxItems>100</MaxItems></ListResourceRecordSetsResponse>`,
    };
  }

  private batch(body: string): WireAnswer {
    this.beforeBatch();
    const batch = [...body.matchAll(/<Change><Action>(\w+)<\/Action>(.*?)<\/Change>/gs)].map(
      ([, action = '', xml = '']) => ({
        action,
        record: parsed(xml),
      }),
    );
    this.batches.push(batch);
    const work = [...this.records];
    const isRefused = batch.some(({ action, record }) => !apply(work, action, record));
    if (isRefused || this.isBatchInvalid) return refusal('InvalidChangeBatch', 400);
    this.records.splice(0, this.records.length, ...work);
    const id = `C${this.changes.size + 1}`;
    this.changes.set(id, 'PENDING');
    return { body: `<ChangeResourceRecordSetsResponse>${infoOf(id, 'PENDING')}</ChangeResourceRecordSetsResponse>` };
  }

  private change(id: string): WireAnswer {
    const status = this.changes.get(id);
    return status === undefined
      ? refusal('NoSuchChange', 404)
      : { body: `<GetChangeResponse>${infoOf(id, status)}</GetChangeResponse>` };
  }

  private status(id: string): WireAnswer {
    const statuses = this.checks.get(id);
    if (statuses === undefined) return refusal('InvalidInput', 400);
    const observations = statuses.map(
      (status) =>
        `<HealthCheckObservation><StatusReport><Status>${status}</Status></StatusReport></HealthCheckObservation>`,
    );
    return {
      body: `<GetHealthCheckStatusResponse><HealthCheckObservations>${observations.join('')}</HealthCheckObservations></GetHealthCheckStatusResponse>`,
    };
  }
}

const VALUE = '<ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>';

/** @returns false when AWS would refuse it. */
function apply(work: ZoneRecord[], action: string, record: ZoneRecord): boolean {
  const at = work.findIndex((one) => keyOf(one) === keyOf(record));
  const standing = work[at];
  if (action === 'DELETE' && (standing === undefined || xmlOf(standing) !== xmlOf(record))) return false;
  if (action === 'CREATE' && standing !== undefined) return false;
  if (standing !== undefined) work.splice(at, 1);
  if (action !== 'DELETE') work.push(record);
  return true;
}

function parsed(xml: string): ZoneRecord {
  const [, inner = ''] = /<ResourceRecordSet>(.*)<\/ResourceRecordSet>/s.exec(xml) ?? [];
  const [, Name = '', Type = '', rest = ''] = /^<Name>(.*?)<\/Name><Type>(.*?)<\/Type>(.*)$/s.exec(inner) ?? [];
  const text = rest.replaceAll('&quot;', '"');
  return { Name: Name.endsWith('.') ? Name : `${Name}.`, Type, rest: text };
}

const xmlOf = ({ Name, Type, rest }: ZoneRecord): string =>
  `<ResourceRecordSet><Name>${Name}</Name><Type>${Type}</Type>${rest}</ResourceRecordSet>`;

function textOf({ rest }: ZoneRecord, tag: string): string {
  return new RegExp(`<${tag}>(.*?)</${tag}>`).exec(rest)?.[1] ?? '';
}

/** Names from their last label on, as a zone lists them. */
function sortKey(name: string, type: string, identifier: string): string {
  return [name.replace(/\.$/, '').split('.').reverse().join('.'), type, identifier].join(' ');
}

const keyOf = (one: ZoneRecord): string => sortKey(one.Name, one.Type, textOf(one, 'SetIdentifier'));
const byKey = (a: ZoneRecord, b: ZoneRecord): number => (keyOf(a) < keyOf(b) ? -1 : 1);

const infoOf = (id: string, status: string): string =>
  `<ChangeInfo><Id>/change/${id}</Id><Status>${status}</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>`;

function refusal(code: string, status: number): WireAnswer {
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
  };
}
