/** Tags of everything that has an ARN, executions too. */
import type { TagListEntry } from '@aws-sdk/client-datasync';
import { invalid } from './account';
import type { DataSyncAccount, Operations } from './account';
import { pageOf } from './listing';
import type { PageInput } from './listing';

const TAGS_MAX = 50;

interface OnResource {
  readonly ResourceArn: string;
}

export function tagOperations(account: DataSyncAccount): Operations {
  return {
    TagResource: ({ ResourceArn, Tags }: OnResource & { readonly Tags: readonly TagListEntry[] }) => {
      account.requireArn(ResourceArn);
      putTags(account, ResourceArn, Tags);
      return {};
    },
    UntagResource: ({ ResourceArn, Keys }: OnResource & { readonly Keys: readonly string[] }) => {
      account.requireArn(ResourceArn);
      for (const key of Keys) account.tags.get(ResourceArn)?.delete(key);
      return {};
    },
    ListTagsForResource: (input: OnResource & PageInput) => {
      account.requireArn(input.ResourceArn);
      const all = [...(account.tags.get(input.ResourceArn) ?? [])].map(([Key, Value]) => ({ Key, Value }));
      const { items, ...next } = pageOf(all, input);
      return { Tags: items, ...next };
    },
  };
}

export function putTags(account: DataSyncAccount, arn: string, tags: readonly TagListEntry[] | undefined): void {
  const merged = new Map(account.tags.get(arn));
  for (const { Key = '', Value = '' } of tags ?? []) merged.set(Key, Value);
  if (merged.size > TAGS_MAX) throw invalid(`Too many tags: ${merged.size}, limit ${TAGS_MAX}.`);
  account.tags.set(arn, merged);
}
