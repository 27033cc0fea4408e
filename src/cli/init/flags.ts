/** Every question of `crossfade init` has a flag, so that it can be answered without a terminal. */

/** Name of the flag in camel case → its value, and what it says. */
export const FLAGS = {
  workload: ['<name>', 'name of the workload; its migration is migration/NAME'],
  road: ['<name>', 'alb, sagemaker-proxy, route53 or sagemaker'],
  region: ['<region>', 'AWS region (default: AWS_REGION)'],
  endpoint: ['<url>', 'where users reach the workload today'],
  host: ['<name>', "Host header of the workload's requests"],
  loadBalancer: ['<name>', "load balancer, by name; with route53 the source stack's"],
  rule: ['<arn>', "rule that carries production's traffic, or a host it is for; a listener's ARN for its default rule"],
  targetGroup: ['<arn>', 'target group that answers today'],
  sourceGroup: ['<name>', 'Auto Scaling group that serves today'],
  instanceType: ['<type>', 'of the target'],
  image: ['<id>', 'AMI of the target, or the container image of a SageMaker target'],
  subnets: ['<ids>', 'of the target, separated by commas'],
  securityGroups: ['<ids>', 'of the target, separated by commas'],
  port: ['<port>', 'at which the target answers'],
  healthPath: ['<path>', 'path of the health check'],
  min: ['<count>', 'least instances of the target'],
  desired: ['<count>', 'instances of the target at first'],
  max: ['<count>', 'most instances of the target'],
  executionRole: ['<arn>', 'role of a SageMaker target'],
  modelData: ['<s3 url>', 'model of a SageMaker target, .tar.gz'],
  instanceCount: ['<count>', 'instances of a SageMaker target'],
  proxyType: ['<type>', 'instance type of the invoke proxies'],
  proxyImage: ['<ami>', 'AMI of the invoke proxies; it brings Docker'],
  proxyContainer: ['<image>', 'container image of Crossfade for the invoke proxies'],
  endpointName: ['<name>', 'SageMaker endpoint that answers today'],
  sourceVariant: ['<name>', 'its variant that answers today'],
  targetEndpoint: ['<url>', 'where the target alone answers'],
  zone: ['<id>', 'hosted zone that divides the traffic'],
  record: ['<name>', 'name that users ask for'],
  sourceIdentifier: ['<id>', 'set identifier of the record that leads to the source'],
  targetIdentifier: ['<id>', 'set identifier of the record that leads to the target'],
  targetLoadBalancer: ['<name>', "the target stack's load balancer, by name"],
  targetStackGroup: ['<arn>', "the target stack's target group"],
  prometheus: ['<url>', 'metrics from here instead of CloudWatch'],
  sourceSelector: ['<labels>', `of the source's series in Prometheus: job="ranker"`],
  targetSelector: ['<labels>', `of the target's series in Prometheus: job="ranker-target"`],
  tap: ['<url>', 'control address of the tap that copies requests'],
  ledger: ['<s3 url>', 'where evidence and decisions go'],
} as const satisfies Record<string, readonly [value: string, says: string]>;

export type Flag = keyof typeof FLAGS;
export const FLAG_NAMES = Object.keys(FLAGS) as Flag[];

export type Given = Readonly<Partial<Record<Flag, string>>>;

/** `--load-balancer`. */
export function flagText(flag: Flag): string {
  return `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
