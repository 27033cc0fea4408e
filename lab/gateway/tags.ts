/** Tags, as every service keeps them; how many a resource may have, and what is said of more, is each service's own. */

/** ARN → key → value. */
export type TagsByArn = Map<string, Map<string, string>>;

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** What the resource would have with those added; one of the same key is replaced. */
export function withTags(all: TagsByArn, arn: string, added: readonly Tag[] | undefined): Map<string, string> {
  const merged = new Map(all.get(arn));
  for (const { Key = '', Value = '' } of added ?? []) merged.set(Key, Value);
  return merged;
}

export function removeTags(all: TagsByArn, arn: string, keys: readonly string[]): void {
  for (const key of keys) all.get(arn)?.delete(key);
}

export function tagsOf(all: TagsByArn, arn: string): { readonly Key: string; readonly Value: string }[] {
  return [...(all.get(arn) ?? [])].map(([Key, Value]) => ({ Key, Value }));
}
