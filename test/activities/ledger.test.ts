import { canonicalJson } from '../../src/activities/canonical-json';
import { append, listRuns, readLedger, recordKey, verifyChain } from '../../src/activities/ledger-chain';
import type { EpochMs } from '../../src/domain/quantity';
import { EMPTY_LEDGER } from '../../src/domain/record';
import type { LedgerEntry, LedgerHead, LedgerRecord } from '../../src/domain/record';
import type { LedgerStore } from '../../src/ports/ledger';
import { LEDGER_BUCKET, fakeLedger } from '../support/fakes';
import { Stage } from './support';

const entry = (text: string, at = 1): LedgerEntry => ({
  kind: 'started',
  at: at as EpochMs,
  phase: 'starting',
  text,
  actor: { requestedBy: 'anna', reason: 'because' },
});

const OWNER = { workload: 'ranker', run: 'run-1', policyHash: 'p' };

class LedgerStage extends Stage {
  readonly store: LedgerStore = this.faults.wrap('ledger', fakeLedger(this.world, this.place.ledger));
  readonly target = { url: this.place.ledger, ...OWNER };

  append(head: LedgerHead, text: string): Promise<LedgerHead> {
    return this.activities.appendRecord({ target: this.target, head, entry: entry(text) });
  }

  records(): Promise<LedgerRecord[]> {
    return readLedger(this.store, 'ranker', 'run-1');
  }

  /** Changes one record behind the ledger's back. */
  tamper(seq: number, change: (record: LedgerRecord) => LedgerRecord): void {
    const objects = this.world.buckets.get(LEDGER_BUCKET)?.objects as Map<string, string>;
    const key = `migrations/${recordKey('ranker', 'run-1', seq)}`;
    objects.set(key, canonicalJson(change(JSON.parse(objects.get(key) as string) as LedgerRecord)));
  }
}

async function chained(stage: LedgerStage, texts: readonly string[]): Promise<LedgerHead> {
  let head = EMPTY_LEDGER;
  for (const text of texts) head = await stage.append(head, text);
  return head;
}

describe('appendRecord', () => {
  test('appendRecord: records are numbered from 1 and chained', async () => {
    const stage = new LedgerStage();
    const head = await chained(stage, ['one', 'two', 'three']);

    const records = await stage.records();
    expect(records.map((record) => [record.seq, record.text])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
    expect(head).toEqual({ seq: 3, hash: records[2]?.hash });
    expect(verifyChain(records)).toEqual([]);
  });

  test('appendRecord: a retry after a lost reply finds its own record and writes no second one', async () => {
    const stage = new LedgerStage();
    stage.faults.loseNextReply('ledger.putIfAbsent');

    await expect(stage.append(EMPTY_LEDGER, 'one')).rejects.toThrow('socket hang up');
    const head = await stage.append(EMPTY_LEDGER, 'one');

    expect(head.seq).toBe(1);
    expect(await stage.records()).toHaveLength(1);
  });

  test('appendRecord: a writer whose head is behind chains after everyone who wrote in between', async () => {
    const stage = new LedgerStage();
    const shared = await stage.append(EMPTY_LEDGER, 'one');
    await chainedAfter(stage, shared, ['by the observer', 'by the observer again']);

    const head = await stage.append(shared, 'by the workflow');

    expect(head.seq).toBe(4);
    expect(verifyChain(await stage.records(), { head })).toEqual([]);
  });

  test('appendRecord: a lost reply is recognised behind records of others', async () => {
    const stage = new LedgerStage();
    await stage.append(EMPTY_LEDGER, 'by the observer');
    stage.faults.intercept('ledger.putIfAbsent', 2, async (call) => {
      await call();
      throw new Error('socket hang up');
    });

    await expect(stage.append(EMPTY_LEDGER, 'by the workflow')).rejects.toThrow('socket hang up');
    expect((await stage.append(EMPTY_LEDGER, 'by the workflow')).seq).toBe(2);
  });

  test('appendRecord: two writers at once leave one chain with both records', async () => {
    const stage = new LedgerStage();
    await Promise.all([
      stage.append(EMPTY_LEDGER, 'a'),
      stage.append(EMPTY_LEDGER, 'b'),
      stage.append(EMPTY_LEDGER, 'c'),
    ]);

    const records = await stage.records();
    expect(records.map((record) => record.text).sort()).toEqual(['a', 'b', 'c']);
    expect(verifyChain(records)).toEqual([]);
  });

  test('appendRecord: a record that stands where ours belongs and does not follow our head is a fork', async () => {
    const stage = new LedgerStage();
    await chained(stage, ['one', 'two']);
    const foreign = { seq: 1, hash: 'f'.repeat(64) };

    await expect(stage.append(foreign, 'mine')).rejects.toMatchObject({ type: 'LedgerForked', nonRetryable: true });
  });

  test('appendRecord: a record that was changed is not chained after', async () => {
    const stage = new LedgerStage();
    await chained(stage, ['one']);
    stage.tamper(1, (record) => ({ ...record, text: 'uno' }));

    await expect(stage.append(EMPTY_LEDGER, 'two')).rejects.toMatchObject({ type: 'LedgerBroken' });
  });
});

async function chainedAfter(stage: LedgerStage, head: LedgerHead, texts: readonly string[]): Promise<void> {
  let after = head;
  for (const text of texts) after = await stage.append(after, text);
}

describe('verifyChain', () => {
  const whole = async (): Promise<LedgerRecord[]> => {
    const stage = new LedgerStage();
    await chained(stage, ['one', 'two', 'three']);
    return stage.records();
  };

  const damages: [string, (records: LedgerRecord[]) => LedgerRecord[], string[]][] = [
    [
      'a changed text',
      ([a, b, c]) => [a!, { ...b!, text: 'zwei' }, c!],
      ['record 2: bad hash, its content was changed'],
    ],
    [
      'a missing record',
      ([a, , c]) => [a!, c!],
      ['record 3: gap, 2 was expected here', 'record 3: wrong previous hash, it does not follow record 1'],
    ],
    [
      'a missing start',
      ([, b, c]) => [b!, c!],
      ['record 2: gap, 1 was expected here', 'record 2: wrong previous hash, it does not follow record 0'],
    ],
    [
      'another workload',
      ([a, b, c]) => [a!, { ...b!, workload: 'x' }, c!],
      ['record 2: bad hash, its content was changed', 'record 2: wrong workload x, expected ranker'],
    ],
    [
      'another run',
      ([a, b, c]) => [a!, { ...b!, run: 'x' }, c!],
      ['record 2: bad hash, its content was changed', 'record 2: wrong run x, expected run-1'],
    ],
  ];
  test.each(damages)('verifyChain: %s is found', async (_name, damage, problems) => {
    expect(verifyChain(damage(await whole()))).toEqual(problems);
  });

  test('verifyChain: a record that was changed and hashed anew breaks the link to the next', async () => {
    const [first, ...rest] = await whole();
    const stage = new LedgerStage();
    await append(stage.store, OWNER, EMPTY_LEDGER, entry('uno'));
    const [forged] = await stage.records();

    expect(first?.seq).toBe(forged?.seq);
    expect(verifyChain([forged!, ...rest])).toEqual(['record 2: wrong previous hash, it does not follow record 1']);
  });

  test('verifyChain: records missing at the end show against a head that is known', async () => {
    const records = await whole();
    expect(verifyChain(records.slice(0, 1), { head: { seq: 3, hash: records[2]!.hash } })).toEqual([
      'records 2 to 3 are missing at the end',
    ]);
  });
});

describe('readLedger', () => {
  test('readLedger: without a run it reads the one that began last, whatever it is called', async () => {
    const { store } = new LedgerStage();
    await append(store, { ...OWNER, run: 'zz' }, EMPTY_LEDGER, entry('older', 1));
    await append(store, { ...OWNER, run: 'aa' }, EMPTY_LEDGER, entry('newer', 2));

    expect(await listRuns(store, 'ranker')).toEqual(['zz', 'aa']);
    expect((await readLedger(store, 'ranker')).map((record) => record.text)).toEqual(['newer']);
  });

  test('readLedger: a workload whose name begins like another does not get its records', async () => {
    const { store } = new LedgerStage();
    await append(store, { ...OWNER, workload: 'ranker-2' }, EMPTY_LEDGER, entry('of another'));

    expect(await readLedger(store, 'ranker')).toEqual([]);
  });
});

test('canonicalJson: the order of keys and members that are undefined say nothing', () => {
  expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: null })).toBe(canonicalJson({ a: null, b: [{ d: 1 }] }));
});

describe('writeReport', () => {
  test('writeReport: the page stands beside the records, where no reader of the ledger takes it for one', async () => {
    const stage = new LedgerStage();
    const head = await chained(stage, ['one', 'two']);

    const { url } = await stage.activities.writeReport({ target: stage.target, head });

    expect(url).toBe(`${stage.place.ledger}/ranker.report/run-1.html`);
    const page = await stage.store.get('ranker.report/run-1.html');
    expect(page).toContain('records <b>2</b>');
    expect(page).toContain('chain <b>whole</b>');
    expect(await stage.records()).toHaveLength(2);
    expect(await listRuns(stage.store, 'ranker')).toEqual(['run-1']);
  });

  test('writeReport: a retry after a lost reply finds the page and answers as before', async () => {
    const stage = new LedgerStage();
    const head = await chained(stage, ['one']);
    const input = { target: stage.target, head };
    stage.faults.loseNextReply('ledger.putIfAbsent');
    await expect(stage.activities.writeReport(input)).rejects.toThrow();

    expect(await stage.activities.writeReport(input)).toEqual({
      url: expect.stringContaining('ranker.report/run-1.html'),
    });
  });

  test('writeReport: what was tampered with, and what is missing at the end, stands on the page', async () => {
    const stage = new LedgerStage();
    const { hash } = await chained(
      stage,
      Array.from({ length: 45 }, (_, index) => `record ${index}`),
    );
    stage.tamper(21, (record) => ({ ...record, text: 'nothing happened' }));

    await stage.activities.writeReport({ target: stage.target, head: { seq: 46, hash } });

    const page = (await stage.store.get('ranker.report/run-1.html')) ?? '';
    expect(page).toContain('record 21: bad hash, its content was changed');
    expect(page).toContain('records 46 to 46 are missing at the end');
    expect(page.match(/<li>records? \d/g)).toHaveLength(2);
  });

  test('writeReport: a record that is half-written is told, and the others are drawn', async () => {
    const stage = new LedgerStage();
    const head = await chained(stage, ['one', 'two', 'three']);
    const objects = stage.world.buckets.get(LEDGER_BUCKET)?.objects as Map<string, string>;
    objects.set(`migrations/${recordKey('ranker', 'run-1', 2)}`, '{"seq":2,');

    await stage.activities.writeReport({ target: stage.target, head });

    const page = await stage.store.get('ranker.report/run-1.html');
    expect(page).toContain('00000002.json is not JSON');
    expect(page).toContain('record 3: gap, 2 was expected here');
  });
});
