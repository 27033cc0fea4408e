/** What a registry of the Distribution project holds: its API names tagged images only, its files name all. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { exchange } from '../../loopback';

export class RegistryContent {
  constructor(
    private readonly registry: string,
    private readonly folder: string,
  ) {}

  digests(repository: string): string[] {
    const revisions = path.join(
      this.folder,
      'docker/registry/v2/repositories',
      repository,
      '_manifests/revisions/sha256',
    );
    if (!existsSync(revisions)) return [];
    const digests = readdirSync(revisions);
    return digests.filter((digest) => existsSync(path.join(revisions, digest, 'link'))).map((one) => `sha256:${one}`);
  }

  /** Digests that an index of the repository names. */
  async named(repository: string): Promise<Set<string>> {
    const named = new Set<string>();
    for (const digest of this.digests(repository)) {
      const reply = await exchange(this.manifestUrl(repository, digest), {
        headers: { accept: 'application/vnd.oci.image.index.v1+json' },
      });
      const { manifests = [] } = JSON.parse(reply.body.toString()) as { manifests?: { digest: string }[] };
      for (const child of manifests) named.add(child.digest);
    }
    return named;
  }

  async remove(repository: string, digest: string): Promise<void> {
    await exchange(this.manifestUrl(repository, digest), { method: 'DELETE' });
  }

  private manifestUrl(repository: string, digest: string): string {
    return `${this.registry}/v2/${repository}/manifests/${digest}`;
  }
}
