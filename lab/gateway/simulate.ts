/** The operations that the gateway answers or corrects itself, each checked against AWS's own model of its input first. */
import { escapeXml, queryAnswer, resultAnswer } from './answer';
import type { Answer } from './answer';
import type { AutoScalingCorrections } from './auto-scaling';
import type { ServiceModel } from './botocore';
import type { CloudWatch } from './cloudwatch';
import type { ElbCorrections } from './elb';
import { decodeInput, refuse } from './input';
import type { GetMetricDataInput, MetricDataPage } from './metric-data';
import type { AwsRequest } from './request';

export type OutageKind = 'error' | 'partial' | 'internal_error' | 'empty';

const CLOUDWATCH_NAMESPACE = 'http://monitoring.amazonaws.com/doc/2010-08-01/';
const CLOUDWATCH_OPERATIONS = new Set(['GetMetricData', 'PutMetricData', 'ListMetrics']);

export class Simulations {
  constructor(
    private readonly models: Readonly<Record<'elb' | 'autoScaling' | 'cloudwatch', ServiceModel>>,
    private readonly elb: ElbCorrections,
    private readonly autoScaling: AutoScalingCorrections,
    private readonly cloudwatch: CloudWatch,
  ) {}

  /** Undefined: nothing to correct, the emulator answers. Throws AwsError for what AWS would refuse. */
  async answer(request: AwsRequest, outage: OutageKind | undefined): Promise<Answer | undefined> {
    if (request.service === 'elasticloadbalancing' && this.models.elb.hasOperation(request.operation)) {
      const input = this.models.elb.decodeQuery(request.operation, new URLSearchParams(request.body?.toString('utf8')));
      refuse(this.models.elb.validate(request.operation, input), 'query');
      return this.elb.before(request.operation, input);
    }
    if (request.service === 'autoscaling' && this.models.autoScaling.hasOperation(request.operation)) {
      const input = this.models.autoScaling.decodeQuery(
        request.operation,
        new URLSearchParams(request.body?.toString('utf8')),
      );
      refuse(this.models.autoScaling.validate(request.operation, input), 'query');
      await this.autoScaling.before(request.operation, input);
      return undefined;
    }
    if (request.service === 'monitoring' && CLOUDWATCH_OPERATIONS.has(request.operation)) {
      const input = decodeInput(this.models.cloudwatch, request);
      refuse(this.models.cloudwatch.validate(request.operation, input), 'cloudwatch');
      return encodeResult(request, await this.metrics(request.operation, input, outage));
    }
    return undefined;
  }

  private async metrics(operation: string, input: unknown, outage: OutageKind | undefined): Promise<unknown> {
    switch (operation) {
      case 'PutMetricData':
        this.cloudwatch.putMetricData(input as Parameters<CloudWatch['putMetricData']>[0], Date.now());
        return {};
      case 'ListMetrics':
        return { Metrics: await this.cloudwatch.listMetrics(input as Parameters<CloudWatch['listMetrics']>[0]) };
      default:
        return withOutage(await this.cloudwatch.getMetricData(input as GetMetricDataInput), outage);
    }
  }
}

/** Half of the data, none of it, or a result that says it failed: the three ways in which an answer can be an outage. */
export function withOutage(page: MetricDataPage, outage: OutageKind | undefined): MetricDataPage {
  if (outage === undefined || outage === 'error') return page;
  return {
    ...page,
    MetricDataResults: page.MetricDataResults.map((result) => {
      const kept = outage === 'partial' ? Math.floor(result.Values.length / 2) : 0;
      return {
        ...result,
        Timestamps: result.Timestamps.slice(0, kept),
        Values: result.Values.slice(0, kept),
        StatusCode: outage === 'empty' ? result.StatusCode : outage === 'partial' ? 'PartialData' : 'InternalError',
      };
    }),
  };
}

function encodeResult(request: AwsRequest, value: unknown): Answer {
  if (request.protocol === 'query') return queryAnswer(request.operation, CLOUDWATCH_NAMESPACE, toXml(value));
  return resultAnswer(request, value);
}

function toXml(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join('');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, member]) => `<${name}>${toXml(member)}</${name}>`)
      .join('');
  return escapeXml(typeof value === 'string' ? value : JSON.stringify(value));
}
