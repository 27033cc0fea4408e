/** What the commands on recorded files share. */
import { MigrationError } from '../domain/errors';
import type { VerdictKind } from '../domain/verdict';
import type { Policy } from '../spec';
import type { Cli } from './cli';
import { NoVerdictError, UsageError } from './failure';
import type { FileFacts } from './json-lines';

export const EXIT_CODES: Readonly<Record<VerdictKind, number>> = { pass: 0, fail: 1, insufficient: 2, blind: 3 };

/** For commands whose exit code 1 is an answer: whatever breaks them must not look like it. */
export async function answering(act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new NoVerdictError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @throws UsageError. */
export function policyOf(cli: Cli, file: string): Policy {
  const { parsePolicy, readSpecFile } = cli.spec();
  try {
    return parsePolicy(readSpecFile(file));
  } catch (error) {
    if (error instanceof MigrationError) throw new UsageError(error.message);
    throw error;
  }
}

export function malformedLines(file: string, { malformed, malformedCount, lines }: FileFacts): string[] {
  if (malformedCount === 0) return [];
  return [
    `${file}: ${malformedCount} of ${lines} lines are malformed and left out`,
    ...malformed.map((each) => `  ${each}`),
  ];
}
