/** What a running lab tells about itself. Holds no secrets: `lab up --json` prints it. */

export interface WorkloadInfo {
  readonly name: string;
  /** Host header under which the load balancer's rule answers; the name that users ask DNS for, where they do. */
  readonly host: string;
  /** Empty where DNS divides the traffic. */
  readonly ruleArn: string;
  readonly sourceTargetGroupArn: string;
  /** Empty where the source is no instance. */
  readonly sourceAutoScalingGroup: string;
  /** The source model server itself, past load balancer and tap. */
  readonly source: string;
  /** The tap's control address; absent while there is no tap to run. */
  readonly tap?: string;
  /** Only where users find their stack by DNS. */
  readonly dns?: DnsStacks;
  /** Only where a SageMaker endpoint answers users before the migration. */
  readonly endpoint?: SourceEndpoint;
  readonly buckets: { readonly source: string; readonly target: string; readonly ledger: string };
}

export interface SourceEndpoint {
  readonly endpointName: string;
  readonly sourceVariant: string;
  /** Where the target's variant alone answers, once it has joined. */
  readonly targetEndpoint: string;
}

/** One of two stacks: a load balancer of its own, at an address of its own. */
export interface DnsStack {
  readonly setIdentifier: string;
  readonly endpoint: string;
  readonly loadBalancerArn: string;
  readonly targetGroupArn: string;
}

export interface DnsStacks {
  readonly hostedZoneId: string;
  readonly recordName: string;
  /** How long the slowest resolvers keep an answer, whatever its TTL. Unit: seconds. */
  readonly overstaySeconds: number;
  readonly source: DnsStack;
  readonly target: DnsStack;
}

export interface NetworkInfo {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly imageId: string;
}

export interface LabInfo {
  /** host:port of the Temporal frontend. */
  readonly temporal: string;
  /** Temporal Web UI. */
  readonly ui: string;
  /** The AWS endpoint (AWS_ENDPOINT_URL). */
  readonly aws: string;
  readonly region: string;
  /** host:port of the name server of Route 53's zones. */
  readonly dns: string;
  /** Where users' requests go. */
  readonly loadBalancer: string;
  /** Prometheus text format. */
  readonly prometheus: string;
  /** The default workload's source model server. */
  readonly source: string;
  /** Python of the virtual environment that holds botocore. */
  readonly python: string;
  readonly dir: string;
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  readonly network: NetworkInfo;
  readonly workloads: readonly WorkloadInfo[];
  /** Environment for programs that should act as the user of the lab's AWS and Temporal. The credentials are the lab's dummies. */
  readonly env: Readonly<Record<string, string>>;
}
