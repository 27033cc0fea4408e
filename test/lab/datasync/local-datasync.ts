/** DataSync behind a port, as the gateway serves it, over a real S3 server and directories of this test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateAgentCommand,
  CreateLocationNfsCommand,
  CreateLocationS3Command,
  CreateTaskCommand,
  DataSyncClient,
  DescribeTaskExecutionCommand,
  StartTaskExecutionCommand,
} from '@aws-sdk/client-datasync';
import type {
  CreateTaskRequest,
  DescribeTaskExecutionResponse,
  StartTaskExecutionRequest,
} from '@aws-sdk/client-datasync';
import {
  CreateBucketCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { userClientConfig } from '../../../lab/aws-env';
import { ProcessTable } from '../../../lab/daemon/processes';
import { AwsError, errorAnswer, sendAnswer } from '../../../lab/gateway/answer';
import { DataSync } from '../../../lab/gateway/datasync';
import type { Delays } from '../../../lab/gateway/datasync/runs';
import { identify, signerOf } from '../../../lab/gateway/request';
import { LOOPBACK, findFreePort, listenOnFreePort, readBody } from '../../../lab/loopback';
import { readTools } from '../../../lab/tools';
import { eventually } from '../eventually';

/** An operation that was answered, as it went over the wire. */
export interface Seen {
  readonly operation: string;
  readonly input: string;
  readonly output: string;
}

export const ROLE = 'arn:aws:iam::123456789012:role/datasync';
export const HOST = 'filer.example.com';
export const S3Config = { BucketAccessRoleArn: ROLE };
const BRIEF: Delays = {
  queuedMs: 20,
  launchingMs: 20,
  preparingMs: 20,
  transferringMs: 20,
  verifyingMs: 20,
  cancellingMs: 20,
  reportingMs: 50,
};

export class LocalDataSync {
  readonly seen: Seen[] = [];
  readonly dir = mkdtempSync(path.join(tmpdir(), 'crossfade-datasync-'));
  readonly files = path.join(this.dir, 'files');
  dataSync!: DataSync;
  client!: DataSyncClient;
  /** To the S3 server. */
  connection!: ReturnType<typeof userClientConfig>;
  s3!: S3Client;
  /** Operations whose next reply never arrives, though they took effect. */
  readonly lost = new Set<string>();
  private readonly processes = new ProcessTable(this.dir, readTools().python, () => undefined);
  private readonly server = http.createServer((incoming, response) => void this.serve(incoming, response));

  async start(): Promise<void> {
    const port = await findFreePort();
    const command = [path.join(readTools().venv, 'bin', 'ministack')];
    const env = { BIND_HOST: LOOPBACK, GATEWAY_PORT: String(port), LOG_LEVEL: 'WARNING', IOT_MTLS_ENABLED: '0' };
    await this.processes.startForeign('ministack', command, { ...env, TMPDIR: this.dir }, port);
    this.connection = userClientConfig(`http://${LOOPBACK}:${port}`);
    this.s3 = new S3Client({ ...this.connection, forcePathStyle: true });
    const { botocoreData } = readTools();
    this.dataSync = new DataSync({ botocoreData, places: { s3: this.s3, files: this.files }, delays: BRIEF });
    const url = `http://${LOOPBACK}:${await listenOnFreePort(this.server)}`;
    this.client = new DataSyncClient({ ...userClientConfig(url), maxAttempts: 1 });
    for (const Bucket of ['source', 'target', 'reports']) await this.s3.send(new CreateBucketCommand({ Bucket }));
  }

  async stop(): Promise<void> {
    await this.dataSync.idle();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.processes.stopAll();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async agent(): Promise<string> {
    const reply = await this.client.send(new CreateAgentCommand({ ActivationKey: 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE' }));
    return reply.AgentArn ?? '';
  }

  async bucket(name: string, Subdirectory = '/'): Promise<string> {
    const S3BucketArn = `arn:aws:s3:::${name}`;
    const reply = await this.client.send(new CreateLocationS3Command({ S3BucketArn, Subdirectory, S3Config }));
    return reply.LocationArn ?? '';
  }

  async nfs(Subdirectory: string): Promise<string> {
    const OnPremConfig = { AgentArns: [await this.agent()] };
    const command = new CreateLocationNfsCommand({ ServerHostname: HOST, Subdirectory, OnPremConfig });
    return (await this.client.send(command)).LocationArn ?? '';
  }

  /** @param name of the file, from the server's root. */
  writeFile(name: string, content: string | Buffer): void {
    const file = path.join(this.files, HOST, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  async put(bucket: string, key: string, content: string | Buffer): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(content) }));
  }

  async get(bucket: string, key: string): Promise<string> {
    const reply = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await reply.Body?.transformToString()) ?? '';
  }

  async keys(bucket: string, Prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    for await (const page of paginateListObjectsV2({ client: this.s3 }, { Bucket: bucket, Prefix }))
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    return keys;
  }

  async task(source: string, destination: string, more: Partial<CreateTaskRequest> = {}): Promise<string> {
    const ends = { SourceLocationArn: source, DestinationLocationArn: destination };
    return (await this.client.send(new CreateTaskCommand({ ...ends, ...more }))).TaskArn ?? '';
  }

  async begin(TaskArn: string, more: Partial<StartTaskExecutionRequest> = {}): Promise<string> {
    return (await this.client.send(new StartTaskExecutionCommand({ TaskArn, ...more }))).TaskExecutionArn ?? '';
  }

  describe(TaskExecutionArn: string): Promise<DescribeTaskExecutionResponse> {
    return this.client.send(new DescribeTaskExecutionCommand({ TaskExecutionArn }));
  }

  /** Resolves at the end of it, and of its report. */
  over(executionArn: string): Promise<DescribeTaskExecutionResponse> {
    return eventually(async () => {
      const described = await this.describe(executionArn);
      expect(['SUCCESS', 'ERROR']).toContain(described.Status);
      expect(described.ReportResult?.Status).not.toBe('PENDING');
      return described;
    });
  }

  async run(taskArn: string): Promise<DescribeTaskExecutionResponse> {
    return this.over(await this.begin(taskArn));
  }

  private async serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const request = identify(incoming, signerOf(incoming), await readBody(incoming));
    const { operation } = request;
    try {
      const answer = await this.dataSync.answer(request);
      if (answer === undefined) throw new Error(`${request.service}:${operation} is not answered`);
      const input = request.body?.toString('utf8') ?? '';
      this.seen.push({ operation, input, output: answer.body.toString('utf8') });
      if (this.lost.delete(operation)) response.destroy();
      else sendAnswer(response, answer);
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalException', String(error), 500);
      sendAnswer(response, errorAnswer(request, known));
    }
  }
}
