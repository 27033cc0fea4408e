/** Lists of DataSync: filtered, and page by page. */
import type { LocationFilter, TaskFilter } from '@aws-sdk/client-datasync';
import { invalid } from './account';

export interface PageInput {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextToken?: string;
}

/** Small enough that a reader who stops at the first page is found out. */
const PAGE_SIZE = 5;

export function pageOf<T>(all: readonly T[], { NextToken, MaxResults }: PageInput): Page<T> {
  const start = NextToken === undefined ? 0 : readToken(NextToken);
  const end = start + (MaxResults ?? PAGE_SIZE);
  return { items: all.slice(start, end), ...(end < all.length ? { NextToken: writeToken(end) } : {}) };
}

const writeToken = (offset: number): string => Buffer.from(`offset:${offset}`).toString('base64url');

function readToken(token: string): number {
  const offset = /^offset:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (offset === undefined) throw invalid('Invalid parameter: NextToken.');
  return Number(offset);
}

/** @param value of the record, by the filter's name. */
export function passes(
  filters: readonly (LocationFilter | TaskFilter)[] | undefined,
  value: (name: string) => string,
): boolean {
  return (filters ?? []).every(({ Name, Operator, Values }) =>
    holds(value(String(Name)), String(Operator), Values ?? []),
  );
}

function holds(value: string, operator: string, wanted: readonly string[]): boolean {
  switch (operator) {
    case 'Equals':
    case 'In':
      return wanted.includes(value);
    case 'NotEquals':
      return !wanted.includes(value);
    case 'Contains':
      return wanted.some((part) => value.includes(part));
    case 'NotContains':
      return !wanted.some((part) => value.includes(part));
    case 'BeginsWith':
      return wanted.some((start) => value.startsWith(start));
    default:
      return compare(value, operator, wanted[0] ?? '');
  }
}

/** Of times, written alike. */
function compare(value: string, operator: string, limit: string): boolean {
  switch (operator) {
    case 'LessThan':
      return value < limit;
    case 'LessThanOrEqual':
      return value <= limit;
    case 'GreaterThan':
      return value > limit;
    case 'GreaterThanOrEqual':
      return value >= limit;
    default:
      throw invalid(`Invalid parameter: operator ${operator}.`);
  }
}
