import { compareOutputs } from '../analysis/equivalence';
import type { AnswersCompared } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { MigrationSpec, SmokeRequestSpec } from '../domain/spec';
import type { LedgerStore } from '../ports/ledger';
import type { Prober } from '../ports/prober';
import type { Ports } from './ports';

interface Answer {
  readonly path: string;
  readonly status: number;
  readonly body: unknown;
}

/**
 * Asks the spec's smoke requests where users ask. What was answered first after the migration stands beside the ledger,
 * written once, and later answers are compared with it.
 */
export async function compareAnswers(
  { prober, openLedger }: Pick<Ports, 'prober' | 'openLedger'>,
  spec: MigrationSpec,
  run: string,
): Promise<AnswersCompared> {
  const { requests } = spec.smoke;
  if (requests.length === 0) return { comparedCount: 0, isReference: false, differences: [] };
  const answers = await ask(prober, spec, requests);
  const store = openLedger(spec.ledger);
  // A changed request has answers of its own: the old ones are to another question.
  const reference = await readReference(store, `${spec.workload}.answers/${run}.json`, answers);
  if (reference === undefined) return { comparedCount: 0, isReference: true, differences: [] };
  const differences = answers.flatMap((answer, index) => differenceOf(answer, reference[index], spec));
  return { comparedCount: answers.length, isReference: false, differences };
}

async function ask(prober: Prober, spec: MigrationSpec, requests: readonly SmokeRequestSpec[]): Promise<Answer[]> {
  const { endpoint, host } = spec.source;
  const answers: Answer[] = [];
  for (const request of requests) {
    const { status, body } = await prober.send(endpoint, request, host === undefined ? {} : { host });
    answers.push({ path: request.path, status, body });
  }
  return answers;
}

/** @returns undefined: there was none, and now it is these. */
async function readReference(
  store: LedgerStore,
  key: string,
  answers: readonly Answer[],
): Promise<Answer[] | undefined> {
  if ((await store.putIfAbsent(key, JSON.stringify(answers))) === 'written') return undefined;
  const body = await store.get(key);
  if (body === undefined) throw new MigrationError('AwsUnavailable', `reading ${key}: it is there and cannot be read`);
  return JSON.parse(body) as Answer[];
}

function differenceOf(answer: Answer, reference: Answer | undefined, { shadow }: MigrationSpec): string[] {
  if (reference === undefined || reference.path !== answer.path)
    return [`${answer.path}: was not asked after the migration`];
  if (reference.status !== answer.status)
    return [`${answer.path}: answered ${answer.status}, ${reference.status} after the migration`];
  const comparison = compareOutputs(reference.body, answer.body, shadow.equivalence);
  return comparison.equal ? [] : [`${answer.path}: differs at ${comparison.path}: ${comparison.detail}`];
}
