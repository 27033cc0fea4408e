/** Fields → the document, and its text. */
import type { Document, YAMLMap } from 'yaml';
import type { Field } from './answers';

export function documentOf(fields: readonly Field[]): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const { path, value } of fields) {
    const [last = '', ...above] = [...path].reverse();
    let place = document;
    for (const key of above.reverse()) place = (place[key] ??= {}) as Record<string, unknown>;
    place[last] = value;
  }
  return document;
}

const LINE_WIDTH_MAX = 0;

/** YAML that a person goes on with: a comment where something was found, and none where the key says it all. */
export function draftText(fields: readonly Field[], heading: readonly string[]): string {
  const { Document: YamlDocument, isCollection } = require('yaml') as typeof import('yaml');
  const draft: Document = new YamlDocument(documentOf(fields));
  draft.commentBefore = heading.map((line) => ` ${line}`).join('\n');
  for (const { path, value, note } of fields) {
    const node = draft.getIn(path, true);
    if (Array.isArray(value) && isCollection(node)) (node as YAMLMap).flow = true;
    if (note !== undefined && typeof node === 'object' && node !== null)
      (node as { comment?: string }).comment = ` ${note}`;
  }
  return draft.toString({ lineWidth: LINE_WIDTH_MAX, flowCollectionPadding: false });
}
