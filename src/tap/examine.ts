import { matches, parsePattern, tryParsePattern } from '../domain/json-path';
import type { Pattern } from '../domain/json-path';
import type { EquivalenceSpec } from '../domain/spec';
import type { BodyParts } from './body';
import type { Difference, Output, PairResult } from './compare-answers';
import { compareAnswers } from './compare-answers';
import { REDACTED } from './redact';

/** How answers are compared and labelled. Stays the same between two orders. */
export interface Rules {
  readonly equivalence: EquivalenceSpec;
  /** JSON paths of answers whose values must not be told. */
  readonly redactPaths: readonly string[];
  /** Path into the JSON of the request that labels a pair. */
  readonly labelPath?: string;
}

/** One request with what was answered to it. */
export interface Case {
  /** Only where the rules say that it labels the pair. */
  readonly request?: BodyParts;
  readonly pairs: readonly { readonly source: Output; readonly target: Output }[];
}

export interface Findings {
  readonly label?: string;
  /** In the order of the pairs. */
  readonly results: readonly PairResult[];
}

/** All that takes time for large bodies: parsing and comparing. */
export async function examine({ request, pairs }: Case, rules: Rules): Promise<Findings> {
  const results = await Promise.all(
    pairs.map(async ({ source, target }) =>
      withoutSecrets(await compareAnswers(source, target, rules.equivalence), rules.redactPaths),
    ),
  );
  const label = request === undefined || rules.labelPath === undefined ? undefined : labelAt(request, rules.labelPath);
  return { results, ...(label === undefined ? {} : { label }) };
}

/** @returns undefined where there is no text, number or truth value. */
function labelAt(request: BodyParts, path: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(request).toString('utf8'));
  } catch {
    return undefined;
  }
  for (const part of parsePattern(path)) {
    if (part === null || typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

function withoutSecrets(result: PairResult, redactPaths: readonly string[]): PairResult {
  if (result.verdict !== 'different') return result;
  const { difference } = result;
  const hidden = redactPaths.find((path) => isAtOrBelow(difference, parsePattern(path)));
  // Keys below it may tell as much as values: the operator's own pattern is all that is shown.
  return hidden === undefined
    ? result
    : { verdict: 'different', difference: { ...difference, path: hidden, detail: REDACTED } };
}

function isAtOrBelow({ path }: Difference, pattern: Pattern): boolean {
  const parts = tryParsePattern(path);
  // A path that cannot be read back is hidden: nobody knows where it leads.
  return parts === undefined || matches(pattern, parts.slice(0, pattern.length).map(String));
}
