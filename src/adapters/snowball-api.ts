/**
 * Snowball's API without its SDK: that of JavaScript is no longer released with the others, and brings an old copy of
 * nearly all of it. Who asks and where is the SDK's own word, from a client of another service.
 */
import type { DirectConnectClient } from '@aws-sdk/client-direct-connect';
import { awsCall } from './aws-errors';

const TARGET = 'AWSIESnowballJobManagementService';

/** What the API answered instead of a result; `awsCall` reads it like an error of the SDK. */
class SnowballError extends Error {
  readonly $fault = 'client';
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(code: string, message: string, httpStatusCode: number) {
    super(message);
    this.name = code;
    this.$metadata = { httpStatusCode };
  }
}

export class SnowballApi {
  /** @param client of any service: gives region and credentials. @param endpoint instead of AWS's own. */
  constructor(
    private readonly client: Pick<DirectConnectClient, 'config'>,
    private readonly endpoint: string | undefined,
  ) {}

  /** @param action the IAM action, whose second part is the operation. */
  call<Reply>(action: `snowball:${string}`, resource: string, input: object): Promise<Reply> {
    return awsCall(action, resource, async (signal) => {
      const { url, init } = await this.signed(action.split(':')[1] ?? '', JSON.stringify(input));
      const response = await fetch(url, { ...init, signal });
      const text = await response.text();
      const reply = JSON.parse(text === '' ? '{}' : text) as Reply & { __type?: string; message?: string };
      if (response.ok) return reply;
      throw new SnowballError(reply.__type?.split('#').at(-1) ?? 'unknown', reply.message ?? text, response.status);
    });
  }

  private async signed(operation: string, body: string): Promise<{ url: URL; init: RequestInit }> {
    const region = await this.client.config.region();
    const url = new URL(this.endpoint ?? `https://snowball.${region}.amazonaws.com/`);
    const signer = await this.client.config.signer();
    const request = {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${TARGET}.${operation}`,
      },
      body,
    };
    const { headers } = await signer.sign(request, { signingService: 'snowball', signingRegion: region });
    return { url, init: { method: 'POST', headers, body } };
  }
}
