/** Tags of everything that has an ARN. */
import type { Tag } from '@aws-sdk/client-database-migration-service';
import type { DmsAccount, Operations } from './account';

interface OnResource {
  readonly ResourceArn: string;
}

export function tagOperations(account: DmsAccount): Operations {
  return {
    AddTagsToResource: ({ ResourceArn, Tags }: OnResource & { readonly Tags: readonly Tag[] }) => {
      account.requireArn(ResourceArn);
      putTags(account, ResourceArn, Tags);
      return {};
    },
    RemoveTagsFromResource: ({ ResourceArn, TagKeys }: OnResource & { readonly TagKeys: readonly string[] }) => {
      account.requireArn(ResourceArn);
      for (const key of TagKeys) account.tags.get(ResourceArn)?.delete(key);
      return {};
    },
    ListTagsForResource: ({ ResourceArn }: OnResource) => {
      account.requireArn(ResourceArn);
      return { TagList: [...(account.tags.get(ResourceArn) ?? [])].map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

export function putTags(account: DmsAccount, arn: string, tags: readonly Tag[] | undefined): void {
  const merged = new Map(account.tags.get(arn));
  for (const { Key = '', Value = '' } of tags ?? []) merged.set(Key, Value);
  account.tags.set(arn, merged);
}
