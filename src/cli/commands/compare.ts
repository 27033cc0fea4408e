import type { Command } from 'commander';
import type { Equivalence } from '../../analysis/equivalence';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import type { FileFacts } from '../json-lines';
import { readLines } from '../json-lines';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { parseOutput } from '../output-lines';
import { blindPairs, isTooManyUnpaired, judgePairs, OutputPairs, worstLines } from '../output-pairs';
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
      const { pairs, unpaired, isBlind } = pairUp(source.outputs, target.outputs, noise?.outputs, policy.equivalence);
      const judged = judgePairs(pairs, policy);
      const result = isBlind ? blindPairs(judged, unpaired, source.outputs.size) : judged;
      const worst = pairs.worst();
      const files = {
        source: source.facts,
        target: target.facts,
        ...(noise === undefined ? {} : { noise: noise.facts }),
      };
      const answer = {
        verdict: result.kind,
        reasons: [result.reason],
        figures: { ...files, ...result.values, unpaired, worst },
      };
      print(cli, flags, answer, [
        `${result.kind}: ${result.reason}`,
        ...worstLines(worst),
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

interface PairedFiles {
  readonly pairs: OutputPairs;
  readonly unpaired: number;
  readonly isBlind: boolean;
}

/** In the order of the source's file. */
function pairUp(source: Outputs, target: Outputs, noise: Outputs | undefined, equivalence: Equivalence): PairedFiles {
  const pairs = new OutputPairs(equivalence);
  const paired = [...source.keys()].filter((id) => target.has(id)).length;
  const unpaired = source.size + target.size - 2 * paired;
  const isBlind = isTooManyUnpaired(unpaired, source.size);
  for (const [id, output] of source) {
    const again = noise?.has(id) === true ? { output: noise.get(id) } : undefined;
    // An answer that is missing may be the one that differs.
    if (target.has(id) || !isBlind)
      pairs.add(id, output, target.has(id) ? { output: target.get(id) } : undefined, again);
  }
  return { pairs, unpaired, isBlind };
}
