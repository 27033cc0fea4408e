/** What SageMaker hands on to the container besides body, content type and accept: one opaque value. */
import type { IncomingMessage } from 'node:http';
import { SHADOW_HEADER } from '../server/shadow-header';

export const ATTRIBUTES_HEADER = 'x-amzn-sagemaker-custom-attributes';
/** What the container reads on a copy, in the place of the header, which does not reach it. */
export const SHADOW_ATTRIBUTE = 'crossfade-shadow=1';
/** SageMaker's limit. Unit: visible US-ASCII characters, blanks between them counted. */
export const ATTRIBUTES_LENGTH_MAX = 1_024;

export type Attributes = { readonly value: string | undefined } | { readonly refusal: string };

/**
 * The sender's own value is kept as it came, the mark of a copy set behind it with a comma. A copy that cannot be marked
 * is refused: a container that takes it for a user's request would mail or charge.
 */
export function attributesOf({ headers }: IncomingMessage): Attributes {
  const own = headers[ATTRIBUTES_HEADER] as string | undefined;
  const parts = [own, headers[SHADOW_HEADER] === undefined ? undefined : SHADOW_ATTRIBUTE];
  const value = parts.filter((part) => part !== undefined && part !== '').join(',');
  if (value === '') return { value: undefined };
  if (value.length > ATTRIBUTES_LENGTH_MAX)
    return {
      refusal: `${ATTRIBUTES_HEADER} would have ${value.length} characters: at most ${ATTRIBUTES_LENGTH_MAX} reach a container`,
    };
  if (!/^[\x20-\x7e]*$/.test(value)) return { refusal: `${ATTRIBUTES_HEADER} must be visible US-ASCII` };
  return { value };
}
