/** Tags of everything that has an ARN. */
import type { Tag } from '@aws-sdk/client-sagemaker';
import { AwsError } from '../answer';
import { removeTags, tagsOf, withTags } from '../tags';
import type { Operations, SageMakerAccount } from './account';
import { pageFrom } from './listing';

const TAGS_MAX = 50;

interface OnResource {
  readonly ResourceArn: string;
}

export function tagOperations(account: SageMakerAccount): Operations {
  return {
    AddTags: ({ ResourceArn, Tags }: OnResource & { readonly Tags: readonly Tag[] }) => {
      account.requireArn(ResourceArn);
      putTags(account, ResourceArn, Tags);
      return { Tags: tagsOf(account.tags, ResourceArn) };
    },
    ListTags: (input: OnResource & { readonly NextToken?: string; readonly MaxResults?: number }) => {
      account.requireArn(input.ResourceArn);
      const { items, ...next } = pageFrom(
        tagsOf(account.tags, input.ResourceArn),
        input.NextToken,
        input.MaxResults ?? TAGS_MAX,
      );
      return { Tags: items, ...next };
    },
    DeleteTags: ({ ResourceArn, TagKeys }: OnResource & { readonly TagKeys: readonly string[] }) => {
      account.requireArn(ResourceArn);
      removeTags(account.tags, ResourceArn, TagKeys);
      return {};
    },
  };
}

/** @throws ResourceLimitExceeded past 50 tags. */
export function putTags(account: SageMakerAccount, arn: string, tags: readonly Tag[]): void {
  const merged = withTags(account.tags, arn, tags);
  if (merged.size > TAGS_MAX)
    throw new AwsError('ResourceLimitExceeded', `The resource "${arn}" cannot have more than ${TAGS_MAX} tags.`);
  account.tags.set(arn, merged);
}
