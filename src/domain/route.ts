/** Where traffic is divided: a load balancer's rule or listener, a SageMaker endpoint, a set of weighted DNS records. */
export type RouteKind = 'rule' | 'listener' | 'endpoint' | 'record';

/** All weighted records of one name and type. */
export interface RecordPlace {
  /** Without `/hostedzone/`. */
  readonly hostedZoneId: string;
  /** Lower case, no dot at the end. */
  readonly recordName: string;
  readonly recordType: RecordType;
}

export const RECORD_TYPES = ['A', 'AAAA', 'CNAME'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** As Route 53 compares names: it answers with a dot at the end, and accepts both. */
export function normalRecordName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Names a set of records the way ARNs name things, for claims and messages. Ours: AWS has no ARN for records. */
export function recordArn({ hostedZoneId, recordName, recordType }: RecordPlace): string {
  return `arn:aws:route53:::hostedzone/${hostedZoneId}/rrset/${recordName}/${recordType}`;
}

/** @returns undefined when the text is not one of `recordArn`. */
export function parseRecordArn(arn: string): RecordPlace | undefined {
  const match = /^arn:aws:route53:::hostedzone\/([A-Z0-9]+)\/rrset\/([^/]+)\/([A-Z]+)$/.exec(arn);
  const recordType = RECORD_TYPES.find((type) => type === match?.[3]);
  if (match === null || recordType === undefined) return undefined;
  return { hostedZoneId: match[1] as string, recordName: match[2] as string, recordType };
}
