/** Where files are: below a prefix of a bucket, or in a directory that stands for a file server or file system. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

export interface Item {
  /** From the location's root, with a slash in front. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

export interface Store {
  readonly kind: 's3' | 'files';
  list(): AsyncIterable<string>;
  /** undefined: not there. */
  find(path: string): Promise<Item | undefined>;
  read(path: string): AsyncIterable<Buffer>;
  write(path: string, chunks: AsyncIterable<Buffer>, mtimeMs: number): Promise<void>;
  remove(path: string): Promise<void>;
}

const PART_BYTES = 8 * 1024 * 1024;
/** As DataSync itself keeps a file's time on an object. */
const MTIME = 'file-mtime';

export class BucketStore implements Store {
  readonly kind = 's3';

  /** @param prefix empty, or with a slash at the end. */
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly prefix: string,
  ) {}

  async *list(): AsyncGenerator<string> {
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: this.prefix });
    for await (const page of pages)
      for (const { Key = '' } of page.Contents ?? []) if (!Key.endsWith('/')) yield `/${Key.slice(this.prefix.length)}`;
  }

  async find(at: string): Promise<Item | undefined> {
    try {
      const head = await this.client.send(new HeadObjectCommand(this.object(at)));
      const kept = /^(\d+)ns$/.exec(head.Metadata?.[MTIME] ?? '')?.[1];
      const mtimeMs = kept === undefined ? (head.LastModified?.getTime() ?? 0) : Number(BigInt(kept) / 1_000_000n);
      return { path: at, sizeBytes: head.ContentLength ?? 0, mtimeMs };
    } catch (error) {
      if ((error as { name?: string }).name === 'NotFound') return undefined;
      throw error;
    }
  }

  async *read(at: string): AsyncGenerator<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand(this.object(at)));
    for await (const chunk of Body as Readable) yield Buffer.from(chunk as Uint8Array);
  }

  async write(at: string, chunks: AsyncIterable<Buffer>, mtimeMs: number): Promise<void> {
    const Metadata = { [MTIME]: `${Math.round(mtimeMs)}000000ns` };
    const parts = partsOf(chunks);
    const first = await parts.next();
    const second = await parts.next();
    if (second.done === true) {
      const Body = first.done === true ? Buffer.alloc(0) : first.value;
      await this.client.send(new PutObjectCommand({ ...this.object(at), Body, Metadata }));
      return;
    }
    const { UploadId } = await this.client.send(new CreateMultipartUploadCommand({ ...this.object(at), Metadata }));
    const Parts: { PartNumber: number; ETag: string }[] = [];
    const put = async (Body: Buffer): Promise<void> => {
      const PartNumber = Parts.length + 1;
      const command = new UploadPartCommand({ ...this.object(at), UploadId, PartNumber, Body });
      const { ETag = '' } = await this.client.send(command);
      Parts.push({ PartNumber, ETag });
    };
    await put(first.value as Buffer);
    await put(second.value);
    for await (const part of parts) await put(part);
    const MultipartUpload = { Parts };
    await this.client.send(new CompleteMultipartUploadCommand({ ...this.object(at), UploadId, MultipartUpload }));
  }

  async remove(at: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.object(at)));
  }

  private object(at: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: `${this.prefix}${at.slice(1)}` };
  }
}

async function* partsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < PART_BYTES) continue;
    yield Buffer.concat(held);
    [held, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(held);
}

export class DirectoryStore implements Store {
  readonly kind = 'files';

  constructor(private readonly root: string) {}

  async *list(): AsyncGenerator<string> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const paths = files.map((file) => `/${path.relative(this.root, path.join(file.parentPath, file.name))}`);
    yield* paths.sort();
  }

  async find(at: string): Promise<Item | undefined> {
    try {
      const found = await stat(this.file(at));
      return { path: at, sizeBytes: found.size, mtimeMs: Math.floor(found.mtimeMs) };
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async *read(at: string): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(this.file(at))) yield chunk as Buffer;
  }

  async write(at: string, chunks: AsyncIterable<Buffer>, mtimeMs: number): Promise<void> {
    const file = this.file(at);
    await mkdir(path.dirname(file), { recursive: true });
    await pipeline(Readable.from(chunks), createWriteStream(file));
    await utimes(file, mtimeMs / 1_000, mtimeMs / 1_000);
  }

  async remove(at: string): Promise<void> {
    await rm(this.file(at), { force: true });
  }

  /** @throws Error for a path that leads out of the root. */
  private file(at: string): string {
    const file = path.join(this.root, at);
    if (!file.startsWith(this.root)) throw new Error(`${at} is not below ${this.root}`);
    return file;
  }
}

export interface Places {
  readonly s3: S3Client;
  /** The folder in which every file server and file system of the lab has one of its own, by host. */
  readonly files: string;
}

/** @param uri of a location. @throws Error for one that leads out of the lab's folder. */
export function openStore({ s3, files }: Places, uri: string): Store {
  const [scheme = '', rest = ''] = uri.split('://');
  const [host = '', ...below] = rest.split('/').filter((part) => part !== '');
  if (scheme === 's3') return new BucketStore(s3, host, below.length === 0 ? '' : `${below.join('/')}/`);
  if ([host, ...below].includes('..')) throw new Error(`${uri} leads out of the lab's folder`);
  return new DirectoryStore(path.join(files, host, ...below));
}
