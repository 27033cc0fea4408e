/** What zod found wrong, in the operator's words and with the value that was written. */
import type { z } from 'zod';
import { MigrationError } from '../domain/errors';
import { formatPath, quoteValue, valueAt } from './problem';
import type { SpecProblem } from './problem';
import { KEY_SEPARATOR } from './strict';

/** Takes a document apart by its schema. @param what how the document is called. @throws SpecInvalid listing every problem. */
export function parseBy<Schema extends z.ZodType>(schema: Schema, document: unknown, what: string): z.output<Schema> {
  const parsed = schema.safeParse(document, { error: describeIssue });
  if (parsed.success) return parsed.data;
  throw invalid(toProblems(document, parsed.error), what);
}

/** Empty when the document is as its schema says. */
export function problemsBy(schema: z.ZodType, document: unknown): SpecProblem[] {
  const parsed = schema.safeParse(document, { error: describeIssue });
  return parsed.success ? [] : toProblems(document, parsed.error);
}

function invalid(problems: readonly SpecProblem[], what: string): MigrationError {
  const lines = problems.map(({ path, problem }) => `  ${path}: ${problem}`);
  return new MigrationError('SpecInvalid', [`the ${what} has ${problems.length} problem(s):`, ...lines].join('\n'));
}

function toProblems(document: unknown, error: z.ZodError): SpecProblem[] {
  return error.issues.flatMap((issue): SpecProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      const explanations = issue.message.split(KEY_SEPARATOR);
      return issue.keys.map((key, index) =>
        problemAt(document, [...issue.path, key], explanations[index] ?? 'unknown key'),
      );
    }
    return [problemAt(document, issue.path, issue.message)];
  });
}

function problemAt(document: unknown, path: readonly PropertyKey[], message: string): SpecProblem {
  const value = valueAt(document, path);
  // A whole object says nothing that its keys do not.
  const isTelling = value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value));
  return { path: formatPath(path), problem: isTelling ? `${message} (got ${quoteValue(value)})` : message };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** In the operator's words, wherever a schema gives no message of its own. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return `must ${bound(issue.origin, issue.inclusive !== false ? 'at least' : 'more than', issue.minimum)}`;
    case 'too_big':
      return `must ${bound(issue.origin, issue.inclusive !== false ? 'at most' : 'less than', issue.maximum)}`;
    case 'invalid_key':
      return `has a name that ${issue.issues[0]?.message ?? 'is not allowed'}`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return undefined;
  }
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${relation} ${limit} character(s)`;
  if (origin === 'array') return `have ${relation} ${limit} entry(ies)`;
  return `be ${relation} ${limit}`;
}
