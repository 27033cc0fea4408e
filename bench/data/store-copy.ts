/** `store-copy.js ENDPOINT FROM TO`: the store alone, listing and copying with nothing around it. */
import { openS3Store } from '../../src/adapters/s3-store';
import type { ObjectEntry } from '../../src/ports/object-store';
import { AT_ONCE } from './peers';

async function main([endpoint = '', from = '', to = '']: readonly string[]): Promise<void> {
  const { signal } = new AbortController();
  const [source, target] = (await Promise.all([from, to].map((url) => openS3Store({ endpoint, url }, signal)))) as [
    Awaited<ReturnType<typeof openS3Store>>,
    Awaited<ReturnType<typeof openS3Store>>,
  ];
  const copier = target.copierFrom(source);
  if (copier === undefined) throw new Error(`${from} and ${to} are not one service`);
  const flying = new Set<Promise<unknown>>();
  const copyOne = async (entry: ObjectEntry): Promise<void> => {
    await copier.copy(entry, signal);
  };
  for await (const page of source.list({}, signal)) {
    for (const entry of page) {
      const copying = copyOne(entry).finally(() => flying.delete(copying));
      flying.add(copying);
      if (flying.size >= AT_ONCE) await Promise.race(flying);
    }
  }
  await Promise.all(flying);
  await Promise.all([source.close(), target.close()]);
}

void main(process.argv.slice(2));
