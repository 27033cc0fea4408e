import { MigrationError } from '../../../src/domain/errors';
import type { ImageMover } from '../../../src/ports/image-mover';
import type { World } from './world';

export function fakeImages(world: World): ImageMover {
  const digestsIn = (name: string): Set<string> => {
    const found = world.repositories.get(name);
    if (found === undefined) throw new MigrationError('NotFound', `there is no repository ${name}`);
    return found.digests;
  };
  return {
    async pin({ from }) {
      const pinned = world.images.get(from);
      if (pinned === undefined) throw new MigrationError('NotFound', `there is no image ${from}`);
      return pinned;
    },
    async findRepository(name) {
      const found = world.repositories.get(name);
      return found && { value: { uri: `registry/${name}` }, owner: found.owner };
    },
    async createRepository({ to }, owner) {
      if (world.repositories.has(to)) throw new MigrationError('AwsRejected', `repository ${to} is there`);
      world.repositories.set(to, { owner, digests: new Set() });
      return { uri: `registry/${to}` };
    },
    async copy({ to }, { manifests, blobCount, byteCount }, onProgress) {
      const digests = digestsIn(to);
      for (const digest of manifests) digests.add(digest);
      const copied = {
        manifestCount: manifests.length,
        copiedBlobCount: blobCount,
        copiedBytes: byteCount,
        foundBlobCount: 0,
        mountedBlobCount: 0,
      };
      onProgress(copied);
      return copied;
    },
    async verify({ to }, { digest, manifests, blobCount, byteCount }) {
      const digests = digestsIn(to);
      const missing = manifests.filter((one) => !digests.has(one));
      if (missing.length > 0) throw new MigrationError('ImageMismatch', `${to}: ${missing.join(', ')} not there`);
      return { digest, manifestCount: manifests.length, blobCount, byteCount };
    },
    async remove({ to }, { manifests }) {
      const digests = digestsIn(to);
      for (const digest of manifests) digests.delete(digest);
      if (digests.size > 0) return [`repository ${to} holds other images`];
      world.repositories.delete(to);
      return [];
    },
  };
}
