/** What a copy leaves behind, and what may be concluded from it. */
import { MigrationError } from '../domain/errors';
import type { Checksum, FoundObject, ObjectEntry, Written } from '../ports/object-store';
import { agree, combines, DEFAULT_KIND, showChecksum } from './checksum';
import type { Proof } from './manifest-line';
import type { Moving } from './moving';
import type { UploadBook } from './uploads';

/** What is known once it has been copied. */
export interface Copied {
  readonly targetVersion: string;
  /** Of a target that keeps versions. */
  readonly targetVersionId?: string;
  /** `none`: the two sides said nothing that could be compared. */
  readonly proof: Proof;
  readonly checksum?: Checksum;
  /** Of what was compressed on its way; `checksum` is then the source's. */
  readonly storedBytes?: number;
  readonly sourceStated?: Checksum;
  readonly targetStated?: Checksum;
}

export interface CopyWish {
  readonly entry: ObjectEntry;
  /** Whether the source's own checksum is worth a request. */
  readonly isProven: boolean;
  readonly uploads: UploadBook;
}

/** Both sides' own words, where no byte came by here. */
export function storedOutcome(
  { from, to }: Moving,
  key: string,
  written: Written,
  stated: Checksum | undefined,
): Copied {
  const { version: targetVersion, checksum: targetStated } = written;
  if (agree(stated, targetStated) === false)
    throw new ContentMismatch(key, say(`${from.url} states`, stated), say(`${to.url} states`, targetStated));
  const said = {
    targetVersion,
    ...versionIdOf(written),
    ...(stated === undefined ? {} : { sourceStated: stated }),
    ...(targetStated === undefined ? {} : { targetStated, checksum: targetStated }),
  };
  return { ...said, proof: agree(stated, targetStated) === true ? 'stored' : 'none' };
}

/** @param checksum of the bytes that came by. */
export function outcomeOf(
  { from, to }: Moving,
  key: string,
  written: Written,
  checksum: Checksum,
  stated: Checksum | undefined,
): Copied {
  if (agree(checksum, written.checksum) === false)
    throw new ContentMismatch(key, say(`${from.url} gave`, checksum), say(`${to.url} holds`, written.checksum));
  return {
    targetVersion: written.version,
    ...versionIdOf(written),
    // A place that says nothing of what it holds has not accepted a checksum either.
    proof: agree(checksum, written.checksum) === true ? 'streamed' : 'none',
    checksum,
    ...(stated === undefined ? {} : { sourceStated: stated }),
    ...(written.checksum === undefined ? {} : { targetStated: written.checksum }),
  };
}

function versionIdOf({ versionId }: Written): { targetVersionId?: string } {
  return versionId === undefined ? {} : { targetVersionId: versionId };
}

/** @throws DataMismatch when a place says one thing of an object and gives another. */
export function assertSame(
  url: string,
  key: string,
  stated: Checksum | undefined,
  computed: Checksum | undefined,
): void {
  if (agree(stated, computed) === false)
    throw new ContentMismatch(key, say(`${url} states`, stated), say('its bytes have', computed));
}

/** @throws NotFound, DataChanged */
export function assertVersion(url: string, entry: ObjectEntry, found: FoundObject | undefined): asserts found {
  if (found === undefined) throw new MigrationError('NotFound', `${url}: ${entry.key} is gone since it was listed`);
  if (found.version !== entry.version)
    throw new MigrationError('DataChanged', `${url}: ${entry.key} is not the version that was listed any more`);
}

/** Two statements about one object's bytes that cannot both be true. */
export class ContentMismatch extends MigrationError {
  constructor(
    key: string,
    readonly source: string,
    readonly target: string,
  ) {
    super('DataMismatch', `${key}: ${source}, ${target}`);
  }
}

function say(who: string, checksum: Checksum | undefined): string {
  return `${who} ${checksum === undefined ? 'nothing' : showChecksum(checksum)}`;
}

/** Of an object that is too large to sum up in one piece: its own kind where parts of it combine. */
export function kindForParts(stated: Checksum | undefined): Checksum['kind'] {
  return stated !== undefined && combines(stated.kind) ? stated.kind : DEFAULT_KIND;
}
