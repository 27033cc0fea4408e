/** ECR behind a port, as the gateway serves it, in front of a registry; another registry is the source. */
import http from 'node:http';
import { ECRClient } from '@aws-sdk/client-ecr';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { userClientConfig } from '../../../lab/aws-env';
import { AwsError, errorAnswer, sendAnswer } from '../../../lab/gateway/answer';
import { Ecr } from '../../../lab/gateway/ecr';
import { identify, signerOf } from '../../../lab/gateway/request';
import { LOOPBACK, listenOnFreePort, readBody } from '../../../lab/loopback';
import { readTools } from '../../../lab/tools';
import { EcrRepositories } from '../../../src/adapters/ecr';
import { RegistryImages } from '../../../src/adapters/registry-images';
import type { Registry } from '../../support/oci/registries';
import { startRegistry } from '../../support/oci/registries';

export class LocalEcr {
  source!: Registry;
  target!: Registry;
  ecr!: Ecr;
  client!: ECRClient;
  images!: RegistryImages;
  /** Operations that were answered. */
  readonly seen: string[] = [];
  /** Of the worker. */
  readonly environment: Record<string, string> = {};
  /** What Secrets Manager answers with. */
  secret = '';
  private readonly server = http.createServer((incoming, response) => void this.serve(incoming, response));

  async start(program: string): Promise<void> {
    [this.source, this.target] = await Promise.all([startRegistry(program), startRegistry(program)]);
    const { botocoreData } = readTools();
    this.ecr = new Ecr({ botocoreData, registry: this.target.endpoint, folder: this.target.folder });
    const url = `http://${LOOPBACK}:${await listenOnFreePort(this.server)}`;
    const config = { ...userClientConfig(url), maxAttempts: 1 };
    this.client = new ECRClient(config);
    this.images = new RegistryImages(new EcrRepositories(this.client), {
      environment: this.environment,
      secrets: () => new SecretsManagerClient(config),
      ecr: () => this.client,
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await Promise.all([this.source.stop(), this.target.stop()]);
  }

  private async serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const request = identify(incoming, signerOf(incoming), await readBody(incoming));
    this.seen.push(request.operation);
    try {
      if (request.operation === 'GetSecretValue') {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify({ SecretString: this.secret }));
        return;
      }
      const answer = await this.ecr.answer(request);
      if (answer === undefined) throw new AwsError('UnknownOperationException', request.operation);
      sendAnswer(response, answer);
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
      sendAnswer(response, errorAnswer(request, known));
    }
  }
}
