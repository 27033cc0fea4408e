/** Tags of everything that has an ARN, executions too. */
import type { TagListEntry } from '@aws-sdk/client-datasync';
import type { Operations } from '../modelled-service';
import { removeTags, tagsOf, withTags } from '../tags';
import { invalid } from './account';
import type { DataSyncAccount } from './account';
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
      removeTags(account.tags, ResourceArn, Keys);
      return {};
    },
    ListTagsForResource: (input: OnResource & PageInput) => {
      account.requireArn(input.ResourceArn);
      const { items, ...next } = pageOf(tagsOf(account.tags, input.ResourceArn), input);
      return { Tags: items, ...next };
    },
  };
}

export function putTags(account: DataSyncAccount, arn: string, tags: readonly TagListEntry[] | undefined): void {
  const merged = withTags(account.tags, arn, tags);
  if (merged.size > TAGS_MAX) throw invalid(`Too many tags: ${merged.size}, limit ${TAGS_MAX}.`);
  account.tags.set(arn, merged);
}
