/** Lists of DMS: filtered, and page by page. A filter that nothing fits is an error, as on AWS. */
import type { Filter } from '@aws-sdk/client-database-migration-service';
import { AwsError } from '../answer';
import { notFound } from './account';

export interface ListInput {
  readonly Filters?: readonly Filter[];
  readonly MaxRecords?: number;
  readonly Marker?: string;
}

/** Small enough that a reader who stops at the first page is found out. */
const PAGE_SIZE = 2;

/** @param value of a record, by the filter's name; undefined: there is no such filter. */
export function filtered<T>(
  all: readonly T[],
  { Filters = [] }: ListInput,
  what: string,
  value: (record: T, name: string) => string | undefined,
): T[] {
  const fits = (record: T, { Name = '', Values = [] }: Filter): boolean => {
    const own = value(record, Name);
    if (own === undefined) throw new AwsError('InvalidParameterValueException', `Invalid filter ${Name}.`);
    return Values.includes(own);
  };
  const wanted = all.filter((record) => Filters.every((filter) => fits(record, filter)));
  if (Filters.length > 0 && wanted.length === 0) throw notFound(`No ${what} found matching the filters.`);
  return wanted;
}

export function pageOf<T>(all: readonly T[], { Marker, MaxRecords }: ListInput): { items: T[]; Marker?: string } {
  const start = Marker === undefined ? 0 : Number(Marker);
  if (!Number.isInteger(start)) throw new AwsError('InvalidParameterValueException', `Invalid marker ${Marker}.`);
  const end = start + (MaxRecords ?? PAGE_SIZE);
  return { items: all.slice(start, end), ...(end < all.length ? { Marker: String(end) } : {}) };
}
