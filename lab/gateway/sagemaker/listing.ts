/** Lists of SageMaker: filtered, sorted, and page by page. */
import { AwsError } from '../answer';

/** Times come from the wire as epoch seconds. */
export interface ListInput {
  readonly SortBy?: string;
  readonly SortOrder?: string;
  readonly NextToken?: string;
  readonly MaxResults?: number;
  readonly NameContains?: string;
  readonly CreationTimeBefore?: number;
  readonly CreationTimeAfter?: number;
  readonly LastModifiedTimeBefore?: number;
  readonly LastModifiedTimeAfter?: number;
  readonly StatusEquals?: string;
}

export interface Listed {
  readonly name: string;
  readonly createdAt: Date;
  readonly modifiedAt?: Date;
  readonly status?: string;
}

/** SageMaker's own; small enough that a reader who stops at the first page is found out. */
const PAGE_SIZE = 10;

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextToken?: string;
}

export function listPage<T extends Listed>(all: readonly T[], input: ListInput): Page<T> {
  const sign = input.SortOrder === 'Ascending' ? 1 : -1;
  const kept = all.filter((item) => isWanted(item, input)).sort((a, b) => sign * compare(a, b, input.SortBy));
  return pageFrom(kept, input.NextToken, input.MaxResults ?? PAGE_SIZE);
}

/** @throws ValidationException for a token that no page gave. */
export function pageFrom<T>(items: readonly T[], token: string | undefined, size: number): Page<T> {
  const start = token === undefined ? 0 : readToken(token);
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { NextToken: writeToken(end) } : {}) };
}

function isWanted(item: Listed, input: ListInput): boolean {
  const isWithin = (at: Date | undefined, after: number | undefined, before: number | undefined): boolean => {
    const seconds = (at?.getTime() ?? 0) / 1000;
    return (after === undefined || seconds > after) && (before === undefined || seconds < before);
  };
  return (
    (input.NameContains === undefined || item.name.includes(input.NameContains)) &&
    (input.StatusEquals === undefined || item.status === input.StatusEquals) &&
    isWithin(item.createdAt, input.CreationTimeAfter, input.CreationTimeBefore) &&
    isWithin(item.modifiedAt, input.LastModifiedTimeAfter, input.LastModifiedTimeBefore)
  );
}

function compare(a: Listed, b: Listed, sortBy = 'CreationTime'): number {
  // Within a millisecond, the name decides: an order that changes between pages would lose items.
  const byName = a.name < b.name ? -1 : 1;
  switch (sortBy) {
    case 'Name':
      return byName;
    case 'Status':
      return a.status === b.status ? byName : (a.status ?? '') < (b.status ?? '') ? -1 : 1;
    default:
      return a.createdAt.getTime() - b.createdAt.getTime() || byName;
  }
}

/** Service Quotas allows plain base64 only. */
function writeToken(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64');
}

function readToken(token: string): number {
  try {
    const { offset } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { offset: unknown };
    if (typeof offset === 'number' && offset > 0) return offset;
  } catch {
    // Falls through: whatever it is, it is not a token of ours.
  }
  throw new AwsError('ValidationException', 'Invalid pagination token.');
}
