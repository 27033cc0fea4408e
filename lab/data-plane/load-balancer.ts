/** One load balancer: a listener's rules, its metrics, and the ports on which it takes requests. */
import type http from 'node:http';
import { hashText, seededRandom } from '../seeded';
import { groupsOf } from './elb-config';
import { LoadBalancerMetrics } from './metrics';
import { createProxy } from './proxy';
import type { ProxyState } from './proxy';
import type { Rule } from './routing';
import type { TargetTable } from './targets';

export interface NewLoadBalancer {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  /** Where it listens, such as `127.0.0.1`. */
  readonly address: string;
}

export class LoadBalancer {
  readonly metrics = new LoadBalancerMetrics();
  readonly server: http.Server;
  private readonly state: ProxyState;

  constructor(
    /** `app/name/id`, the CloudWatch dimension. */
    readonly dimension: string,
    readonly listenerArn: string,
    private readonly targets: TargetTable,
    /** Target group ARN → CloudWatch dimension. */
    dimensionOf: (arn: string) => string,
  ) {
    const random = seededRandom(hashText(dimension));
    this.state = { rules: [], targets, metrics: this.metrics, random, dimensionOf };
    this.server = createProxy(this.state);
  }

  get rules(): readonly Rule[] {
    return this.state.rules;
  }

  set rules(rules: readonly Rule[]) {
    this.state.rules = rules;
  }

  recordHosts(nowMs: number): void {
    this.metrics.recordHosts(this.targets, groupsOf(this.rules), nowMs);
  }

  prometheus(): string {
    return this.metrics.prometheus(this.targets, groupsOf(this.rules));
  }
}
