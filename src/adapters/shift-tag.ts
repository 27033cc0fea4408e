import { MigrationError } from '../domain/errors';
import { TAG_SHIFT } from '../domain/resources';
import type { WantedShift } from '../domain/weights';
import { parseShiftTag } from '../domain/weights';

/** The decision that a route's tags tell. @throws AwsRejected for a tag that is broken. */
export function readShift(tags: Readonly<Record<string, string>>, arn: string): WantedShift | undefined {
  const text = tags[TAG_SHIFT];
  if (text === undefined) return undefined;
  const shift = parseShiftTag(text);
  // Taken for "never decided", a broken tag would restart the generations, and an older attempt could win.
  if (shift === undefined)
    throw new MigrationError(
      'AwsRejected',
      `the tag ${TAG_SHIFT} of ${arn} is '${text}', not generation/source/target`,
    );
  return shift;
}
