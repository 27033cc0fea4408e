/** Locations of every kind that an AWS account and a file server have; each is described with what it was created with. */
import type { S3Client } from '@aws-sdk/client-s3';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { LAB_REGION } from '../../aws-env';
import type { ServiceModel } from '../botocore';
import type { Operations } from '../modelled-service';
import { invalid, newArn } from './account';
import type { DataSyncAccount, LocationKind, LocationRecord } from './account';
import type { DataSyncFaults } from './faults';
import { pageOf, passes } from './listing';
import type { PageInput } from './listing';
import { putTags } from './tags';
import type { ListLocationsRequest, TagListEntry } from '@aws-sdk/client-datasync';

type Input = Readonly<Record<string, unknown>>;

/** Where a location's files are, without the path below. */
const HOSTS: Readonly<Record<LocationKind, (input: Input) => string>> = {
  S3: ({ S3BucketArn }) => `s3://${lastPart(S3BucketArn)}`,
  Nfs: ({ ServerHostname }) => `nfs://${String(ServerHostname)}`,
  Smb: ({ ServerHostname }) => `smb://${String(ServerHostname)}`,
  Efs: ({ EfsFilesystemArn }) => `efs://${LAB_REGION}.${lastPart(EfsFilesystemArn)}`,
  FsxLustre: ({ FsxFilesystemArn }) => `fsxl://${LAB_REGION}.${lastPart(FsxFilesystemArn)}`,
  FsxOntap: ({ StorageVirtualMachineArn }) => `fsxn-nfs://${LAB_REGION}.${lastPart(StorageVirtualMachineArn)}`,
  FsxOpenZfs: ({ FsxFilesystemArn }) => `fsxz://${LAB_REGION}.${lastPart(FsxFilesystemArn)}`,
  FsxWindows: ({ FsxFilesystemArn }) => `fsxw://${LAB_REGION}.${lastPart(FsxFilesystemArn)}`,
};

const LOCATION_KINDS = Object.keys(HOSTS) as LocationKind[];

function lastPart(arn: unknown): string {
  return String(arn).split(/[/:]/).at(-1) ?? '';
}

export class Locations {
  constructor(
    private readonly account: DataSyncAccount,
    private readonly faults: DataSyncFaults,
    private readonly s3: S3Client,
    private readonly model: () => ServiceModel,
  ) {}

  operations(): Operations {
    const ofKinds = LOCATION_KINDS.flatMap((kind) => [
      [`CreateLocation${kind}`, (input: Input) => this.create(kind, input)],
      [`DescribeLocation${kind}`, ({ LocationArn }: Input) => this.describe(kind, String(LocationArn))],
      [`UpdateLocation${kind}`, (input: Input) => this.update(kind, input)],
    ]);
    return {
      ...(Object.fromEntries(ofKinds) as Operations),
      ListLocations: (input: PageInput & ListLocationsRequest) => {
        const wanted = [...this.account.locations.values()].filter((location) =>
          passes(input.Filters, (name) => valueOf(location, name)),
        );
        const { items, ...next } = pageOf(wanted, input);
        return { Locations: items.map(({ arn, uri }) => ({ LocationArn: arn, LocationUri: uri })), ...next };
      },
      DeleteLocation: ({ LocationArn }: { readonly LocationArn: string }) => {
        this.account.location(LocationArn);
        const user = [...this.account.tasks.values()].find(({ input }) =>
          [input.SourceLocationArn, input.DestinationLocationArn].includes(LocationArn),
        );
        if (user !== undefined) throw invalid(`Location ${LocationArn} is in use by task ${user.arn}.`);
        this.account.locations.delete(LocationArn);
        this.account.tags.delete(LocationArn);
        return {};
      },
    };
  }

  private async create(kind: LocationKind, { Tags, ...input }: Input): Promise<{ LocationArn: string }> {
    for (const agent of agentsOf({ input })) this.account.agent(agent);
    const uri = uriOf(kind, input);
    if (kind === 'S3') await this.testBucket(uri);
    const arn = newArn('location/loc');
    this.account.locations.set(arn, { arn, kind, input, uri, createdAt: new Date() });
    putTags(this.account, arn, Tags as TagListEntry[] | undefined);
    return { LocationArn: arn };
  }

  private async update(kind: LocationKind, { LocationArn, ...changes }: Input): Promise<object> {
    const location = this.ofKind(kind, String(LocationArn));
    const input = { ...location.input, ...changes };
    for (const agent of agentsOf({ input })) this.account.agent(agent);
    const uri = uriOf(kind, input);
    if (kind === 'S3') await this.testBucket(uri);
    Object.assign(location, { input, uri });
    return {};
  }

  /** What of its input AWS tells again: never a password. */
  private describe(kind: LocationKind, arn: string): Record<string, unknown> {
    const { input, uri, createdAt } = this.ofKind(kind, arn);
    const told = this.model().outputMembers(`DescribeLocation${kind}`);
    const same = Object.entries(input).filter(([name]) => told.includes(name));
    const defaults = kind === 'S3' ? { S3StorageClass: 'STANDARD' } : {};
    return { ...defaults, ...Object.fromEntries(same), LocationArn: arn, LocationUri: uri, CreationTime: createdAt };
  }

  private ofKind(kind: LocationKind, arn: string): LocationRecord {
    const location = this.account.location(arn);
    if (location.kind !== kind) throw invalid(`Invalid Location type: ${location.kind}`);
    return location;
  }

  /** AWS looks into the bucket before it makes the location. */
  private async testBucket(uri: string): Promise<void> {
    const bucket = new URL(uri).hostname;
    const refused = (why: string): never => {
      throw invalid(
        `DataSync location access test failed: could not perform s3:ListObjectsV2 on bucket ${bucket}. ${why} ` +
          'Ensure bucket access role has s3:ListBucket permission.',
        'LocationAccessTestFailed',
      );
    };
    if (this.faults.isDenied(uri)) refused('Access denied.');
    await this.s3
      .send(new HeadBucketCommand({ Bucket: bucket }))
      .catch(() => refused('The specified bucket does not exist.'));
  }
}

export function agentsOf({ input }: Pick<LocationRecord, 'input'>): string[] {
  const onPrem = input['OnPremConfig'] as { AgentArns?: string[] } | undefined;
  return onPrem?.AgentArns ?? (input['AgentArns'] as string[] | undefined) ?? [];
}

function uriOf(kind: LocationKind, input: Input): string {
  const { Subdirectory } = input as { Subdirectory?: string };
  const path = (Subdirectory ?? '').split('/').filter((part) => part !== '');
  return `${[HOSTS[kind](input), ...path].join('/')}/`;
}

function valueOf({ uri, kind, createdAt }: LocationRecord, name: string): string {
  switch (name) {
    case 'LocationUri':
      return uri;
    case 'LocationType':
      return kind.toUpperCase();
    default:
      return createdAt.toISOString();
  }
}
