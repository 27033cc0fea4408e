/** Tags of everything that has an ARN. */
import type { Tag } from '@aws-sdk/client-database-migration-service';
import type { Operations } from '../modelled-service';
import { removeTags, tagsOf, withTags } from '../tags';
import type { DmsAccount } from './account';

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
      removeTags(account.tags, ResourceArn, TagKeys);
      return {};
    },
    ListTagsForResource: ({ ResourceArn }: OnResource) => {
      account.requireArn(ResourceArn);
      return { TagList: tagsOf(account.tags, ResourceArn) };
    },
  };
}

export function putTags(account: DmsAccount, arn: string, tags: readonly Tag[] | undefined): void {
  account.tags.set(arn, withTags(account.tags, arn, tags));
}
