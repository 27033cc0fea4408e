import type { Command } from 'commander';
import { compareOutputs } from '../../analysis/equivalence';
import type { Comparison, Equivalence } from '../../analysis/equivalence';
import { judgeEquivalence } from '../../analysis/shadow-guardrails';
import { startTest } from '../../analysis/sequential-test';
import { takePairs } from '../../analysis/take-window';
import { severityOrNull, withPair } from '../../analysis/worst-pairs';
import type { Ranked } from '../../analysis/worst-pairs';
import type { ShadowAccount } from '../../domain/evidence';
import { addAccounts, EMPTY_ACCOUNT } from '../../domain/evidence';
import type { GuardrailResult } from '../../domain/verdict';
import type { Policy } from '../../spec';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import type { FileFacts } from '../json-lines';
import { readLines } from '../json-lines';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { parseOutput } from '../output-lines';
import { answering, EXIT_CODES, malformedLines, policyOf } from '../recorded';

interface CompareFlags extends CommonFlags {
  readonly source: string;
  readonly target: string;
  readonly noise?: string;
  readonly policy: string;
}

export function addCompare(program: Command, cli: Cli): void {
  const command = program
    .command('compare')
    .description(
      'compare recorded outputs of source and target: exit 0 pass, 1 fail, 2 insufficient, 3 blind, 64 bad usage',
    )
    .requiredOption('--source <file>', 'JSON lines {id, output}')
    .requiredOption('--target <file>', 'the answers of the target to the same requests, by id')
    .option('--noise <file>', 'other answers of the source to the same requests: its own noise')
    .requiredOption(
      '--policy <file>',
      "YAML or JSON with the spec's guardrails and shadow.equivalence; a whole spec will do",
    );
  example(
    withJson(command),
    'crossfade compare --source source.jsonl --target target.jsonl --noise again.jsonl --policy policy.yaml',
  );
  onRun<CompareFlags>(command, cli, (_argument, flags) =>
    answering(async () => {
      const policy = policyOf(cli, flags.policy);
      const source = await readOutputs(flags.source);
      const target = await readOutputs(flags.target);
      const noise = flags.noise === undefined ? undefined : await readOutputs(flags.noise);
      const pairs = pairUp(source.outputs, target.outputs, noise?.outputs, policy.equivalence);
      const result = doubted(judgePairs(pairs.accounts, policy), pairs, source.outputs.size);
      const files = {
        source: source.facts,
        target: target.facts,
        ...(noise === undefined ? {} : { noise: noise.facts }),
      };
      const answer = {
        verdict: result.kind,
        reasons: [result.reason],
        figures: { ...files, ...result.values, unpaired: pairs.unpaired, worst: pairs.worst },
      };
      print(cli, flags, answer, [
        `${result.kind}: ${result.reason}`,
        ...pairs.worst.map(({ id, path, detail }) => `  ${id} ${path}: ${detail}`),
        ...malformedLines(flags.source, source.facts),
        ...malformedLines(flags.target, target.facts),
        ...(noise === undefined ? [] : malformedLines(flags.noise ?? '', noise.facts)),
      ]);
      return EXIT_CODES[result.kind];
    }),
  );
}

type Outputs = ReadonlyMap<string, unknown>;

/** @throws UsageError for an id that is there twice: nobody could say which answer belongs to which. */
async function readOutputs(file: string): Promise<{ facts: FileFacts; outputs: Outputs }> {
  const outputs = new Map<string, unknown>();
  let twice: string | undefined;
  const facts = await readLines(file, parseOutput, ({ id, output }) => {
    if (outputs.has(id)) twice ??= id;
    outputs.set(id, output);
  });
  if (twice !== undefined) throw new UsageError(`${file}: the id ${twice} is there twice`);
  return { facts, outputs };
}

interface Difference {
  readonly id: string;
  readonly path: string;
  readonly detail: string;
  /** null: no distance exists, such as between texts. */
  readonly severity: number | null;
}

type WorstPair = Omit<Difference, 'severity'> & Ranked;

interface Pairs {
  /** In blocks, in the order of the source's file. */
  readonly accounts: readonly ShadowAccount[];
  readonly unpaired: number;
  /** So many answers are missing that nothing can be said. */
  readonly isBlind: boolean;
  readonly worst: readonly Difference[];
}

/** Pairs that make one look. */
const BLOCK = 50;
const UNPAIRED_SHARE_MAX = 0.01;

const NO_ANSWER: Comparison = {
  equal: false,
  path: '$',
  detail: 'the target has no answer',
  severity: Number.POSITIVE_INFINITY,
};

function pairUp(source: Outputs, target: Outputs, noise: Outputs | undefined, equivalence: Equivalence): Pairs {
  const accounts: ShadowAccount[] = [];
  let worst: readonly WorstPair[] = [];
  let account = EMPTY_ACCOUNT;
  const paired = [...source.keys()].filter((id) => target.has(id)).length;
  const unpaired = source.size + target.size - 2 * paired;
  const isBlind = unpaired > source.size * UNPAIRED_SHARE_MAX;
  for (const [id, output] of source) {
    const isPaired = target.has(id);
    if (!isPaired && isBlind) continue;
    // An answer that is missing may be the one that differs.
    const comparison = isPaired ? compareOutputs(output, target.get(id), equivalence) : NO_ANSWER;
    if (!comparison.equal) {
      const { path, detail, severity } = comparison;
      worst = withPair(worst, { id, path, detail, severity });
    }
    const isAgain = noise?.has(id) === true;
    const isNoisy = isAgain && !compareOutputs(output, noise?.get(id), equivalence).equal;
    account = addAccounts(account, {
      ...EMPTY_ACCOUNT,
      compared: 1,
      mismatched: comparison.equal ? 0 : 1,
      ...(isAgain ? { noiseCompared: 1, noiseMismatched: isNoisy ? 1 : 0 } : {}),
    });
    if (account.compared < BLOCK) continue;
    accounts.push(account);
    account = EMPTY_ACCOUNT;
  }
  if (account.compared > 0) accounts.push(account);
  return {
    accounts,
    unpaired,
    isBlind,
    worst: worst.map((pair) => ({ ...pair, severity: severityOrNull(pair.severity) })),
  };
}

function judgePairs(accounts: readonly ShadowAccount[], { guardrails, equivalence }: Policy): GuardrailResult {
  // The one test that is made.
  const policy = { guardrails, equivalence, alpha: guardrails.falseRollbackRate };
  let [test, sum] = [startTest(), EMPTY_ACCOUNT];
  const resultNow = (): GuardrailResult =>
    judgeEquivalence({ targetRequestCount: sum.compared, account: sum, tests: { equivalence: test } }, policy);
  for (const account of accounts) {
    test = takePairs(test, { shadow: account }, policy);
    sum = addAccounts(sum, account);
    const result = resultNow();
    if (result.kind === 'fail') return result;
  }
  return resultNow();
}

/** Answers that are missing may be the ones that differ. */
function doubted(result: GuardrailResult, { unpaired, isBlind }: Pairs, sourceCount: number): GuardrailResult {
  if (result.kind === 'fail' || !isBlind) return result;
  return {
    ...result,
    kind: 'blind',
    reason: `${unpaired} outputs of ${sourceCount} have no pair, at most 1 % may be without`,
  };
}
