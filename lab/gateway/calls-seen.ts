/** Which operations the product's worker has called, to compare them with what its policy allows. */
import type { AwsRequest } from './request';

/** In the SDK's user agent, by `AWS_SDK_UA_APP_ID`: the lab's own calls do not bear it. */
export const WORKER_APP_ID = 'crossfade-worker';

/** CloudWatch signs with a name that IAM does not know. */
const IAM_SERVICE: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

export class CallsSeen {
  private readonly calls = new Set<string>();

  see({ service, operation, headers }: Pick<AwsRequest, 'service' | 'operation' | 'headers'>): void {
    if (!(headers['user-agent'] ?? '').includes(`app/${WORKER_APP_ID}`)) return;
    this.calls.add(`${IAM_SERVICE[service] ?? service}:${operation}`);
  }

  /** Sorted; forgotten from then on. */
  take(): string[] {
    const seen = [...this.calls].sort();
    this.calls.clear();
    return seen;
  }
}
