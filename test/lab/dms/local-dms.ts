/** DMS and its metrics behind a port, as the gateway serves them, with a clock that moves only when told. */
import http from 'node:http';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { userClientConfig } from '../../../lab/aws-env';
import { AwsError, errorAnswer, resultAnswer, sendAnswer } from '../../../lab/gateway/answer';
import type { Answer } from '../../../lab/gateway/answer';
import { ServiceModel } from '../../../lab/gateway/botocore';
import { CloudWatch } from '../../../lab/gateway/cloudwatch';
import { Dms } from '../../../lab/gateway/dms';
import { USUAL } from '../../../lab/gateway/dms/delays';
import { decodeInput } from '../../../lab/gateway/input';
import type { GetMetricDataInput } from '../../../lab/gateway/metric-data';
import { identify, signerOf } from '../../../lab/gateway/request';
import type { AwsRequest } from '../../../lab/gateway/request';
import { LOOPBACK, listenOnFreePort, readBody } from '../../../lab/loopback';
import { readTools } from '../../../lab/tools';

/** An operation that was answered, as it went over the wire. */
export interface Seen {
  readonly operation: string;
  readonly input: string;
  readonly output: string;
}

export class LocalDms {
  readonly seen: Seen[] = [];
  /** Operations whose next reply never arrives, though they took effect. */
  readonly lost = new Set<string>();
  /** CloudWatch tells nothing of the future, so the past is where this begins. */
  nowMs = Date.now() - 3_600_000;
  readonly model = ServiceModel.load(readTools().botocoreData, 'dms');
  readonly dms = new Dms({ botocoreData: readTools().botocoreData, now: () => this.nowMs });
  client!: DatabaseMigrationServiceClient;
  cloudWatch!: CloudWatchClient;
  private readonly metrics = new CloudWatch(() => undefined, this.dms.metrics);
  private readonly metricsModel = ServiceModel.load(readTools().botocoreData, 'cloudwatch');
  private readonly server = http.createServer((incoming, response) => void this.serve(incoming, response));

  async start(): Promise<void> {
    const config = { ...userClientConfig(`http://${LOOPBACK}:${await listenOnFreePort(this.server)}`), maxAttempts: 1 };
    this.client = new DatabaseMigrationServiceClient(config);
    this.cloudWatch = new CloudWatchClient(config);
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.cloudWatch.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Longer than anything that DMS does here takes. */
  pass(ms = Object.values(USUAL).reduce((sum: number, one: number) => sum + one, 0)): void {
    this.nowMs += Math.ceil(ms);
  }

  private async serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const request = identify(incoming, signerOf(incoming), await readBody(incoming));
    try {
      const answer = (await this.dms.answer(request)) ?? (await this.metricsAnswer(request));
      this.note(request, answer);
      if (this.lost.delete(request.operation)) response.destroy();
      else sendAnswer(response, answer);
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
      sendAnswer(response, errorAnswer(request, known));
    }
  }

  private note({ service, operation, body }: AwsRequest, answer: Answer): void {
    if (service !== 'dms') return;
    this.seen.push({ operation, input: body?.toString('utf8') ?? '', output: answer.body.toString('utf8') });
  }

  private async metricsAnswer(request: AwsRequest): Promise<Answer> {
    const input = decodeInput(this.metricsModel, request);
    return resultAnswer(request, await this.metrics.getMetricData(input as GetMetricDataInput));
  }
}
