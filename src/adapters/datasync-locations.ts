/** Locations of DataSync: found by their tags, made where there are none, deleted where they are ours. */
import type { DataSyncClient } from '@aws-sdk/client-datasync';
import {
  CreateLocationEfsCommand,
  CreateLocationFsxLustreCommand,
  CreateLocationFsxOntapCommand,
  CreateLocationFsxOpenZfsCommand,
  CreateLocationFsxWindowsCommand,
  CreateLocationNfsCommand,
  CreateLocationS3Command,
  CreateLocationSmbCommand,
  DeleteLocationCommand,
  ListLocationsCommand,
} from '@aws-sdk/client-datasync';
import { hostOf } from '../domain/managed-transfer';
import type { Owner } from '../domain/resources';
import { TAG_DATA_SET, TAG_RUN, TAG_WORKLOAD } from '../domain/resources';
import type { DataSetSpec, SourceLocationSpec } from '../domain/spec';
import { awsCall } from './aws-errors';
import { tagList } from './aws-tags';
import type { DataSyncReads } from './datasync-reads';
import { bucketRequest, credentials, locationTags, onPrem, settingsOf } from './datasync-requests';
import type { Side } from './datasync-requests';
import { locationOf } from './s3-listing';

type Tags = Readonly<Record<string, string>>;

export class DataSyncLocations {
  /** @param writes sends a request once: a location has no name, so a repeated creation would make two. */
  constructor(
    private readonly reads: DataSyncReads,
    private readonly client: DataSyncClient,
    private readonly writes: DataSyncClient,
  ) {}

  /** The one that an earlier attempt of this run made, else a new one. */
  async ensure(dataSet: DataSetSpec, side: Side, owner: Owner): Promise<string> {
    const tags = locationTags(dataSet, side, owner);
    const [found] = (await this.find(dataSet, side)).filter(
      ({ tags: theirs }) => theirs[TAG_RUN] === owner.run && isOf(theirs, tags),
    );
    return found?.arn ?? this.create(dataSet, side, tags);
  }

  /** Of every run of the workload. */
  async remove(dataSet: DataSetSpec, owner: Owner): Promise<void> {
    for (const side of ['source', 'target'] as const) {
      const wanted = locationTags(dataSet, side, owner);
      const ours = (await this.find(dataSet, side)).filter(({ tags }) => isOf(tags, wanted));
      for (const { arn } of ours) await this.delete(dataSet, side, arn);
    }
  }

  private async find(dataSet: DataSetSpec, side: Side): Promise<{ arn: string; tags: Tags }[]> {
    const host = hostAt(dataSet, side);
    const found: { arn: string; tags: Tags }[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListLocationsCommand({
        Filters: [{ Name: 'LocationUri', Operator: 'Contains', Values: [host] }],
        NextToken,
      });
      const page = await awsCall('datasync:ListLocations', host, (abortSignal) =>
        this.client.send(command, { abortSignal }),
      );
      for (const { LocationArn: arn = '' } of page.Locations ?? []) {
        const tags = await this.reads.tags(arn);
        found.push({ arn, tags });
      }
      NextToken = page.NextToken;
    } while (NextToken);
    return found;
  }

  private async delete(dataSet: DataSetSpec, side: Side, arn: string): Promise<void> {
    const command = new DeleteLocationCommand({ LocationArn: arn });
    try {
      await awsCall('datasync:DeleteLocation', arn, (abortSignal) => this.client.send(command, { abortSignal }));
    } catch (error) {
      // One that is gone is refused with the code of every other refusal, so look instead.
      if ((await this.find(dataSet, side)).some((location) => location.arn === arn)) throw error;
    }
  }

  private async create(dataSet: DataSetSpec, side: Side, tags: Tags): Promise<string> {
    const { roleArn, sourceLocation, agentArns } = settingsOf(dataSet);
    if (side === 'source' && sourceLocation !== undefined) return this.createFiles(sourceLocation, agentArns, tags);
    const url = side === 'source' ? dataSet.from : dataSet.to;
    const command = new CreateLocationS3Command(bucketRequest(url, roleArn, tags));
    return this.made('CreateLocationS3', url, (abortSignal) => this.writes.send(command, { abortSignal }));
  }

  private createFiles(location: SourceLocationSpec, agents: readonly string[], tags: Tags): Promise<string> {
    const shared = { Subdirectory: location.path, Tags: tagList(tags) };
    const { writes } = this;
    const make = (kind: string, send: (abortSignal: AbortSignal) => Promise<Made>): Promise<string> =>
      this.made(`CreateLocation${kind}`, hostOf(location), send);
    switch (location.kind) {
      case 'nfs': {
        const MountOptions = { Version: location.version };
        const input = { ...shared, ServerHostname: location.host, OnPremConfig: onPrem(agents), MountOptions };
        return make('Nfs', (abortSignal) => writes.send(new CreateLocationNfsCommand(input), { abortSignal }));
      }
      case 'smb': {
        const server = { ServerHostname: location.host, AgentArns: [...agents] };
        const input = { ...shared, ...server, ...credentials(location) };
        return make('Smb', (abortSignal) => writes.send(new CreateLocationSmbCommand(input), { abortSignal }));
      }
      case 'efs': {
        const Ec2Config = { SubnetArn: location.subnetArn, SecurityGroupArns: [...location.securityGroupArns] };
        const input = { ...shared, EfsFilesystemArn: location.fileSystemArn, Ec2Config };
        return make('Efs', (abortSignal) => writes.send(new CreateLocationEfsCommand(input), { abortSignal }));
      }
      case 'fsxLustre':
      case 'fsxOpenZfs':
      case 'fsxOntap':
      case 'fsxWindows':
        return this.createFsx(location, shared, make);
    }
  }

  private createFsx(
    location: Exclude<SourceLocationSpec, { kind: 'nfs' | 'smb' | 'efs' }>,
    shared: { readonly Subdirectory: string; readonly Tags: { Key: string; Value: string }[] },
    make: (kind: string, send: (abortSignal: AbortSignal) => Promise<Made>) => Promise<string>,
  ): Promise<string> {
    const { writes } = this;
    const inVpc = { ...shared, SecurityGroupArns: [...location.securityGroupArns] };
    const Protocol = { NFS: {} };
    switch (location.kind) {
      case 'fsxLustre': {
        const input = { ...inVpc, FsxFilesystemArn: location.fileSystemArn };
        return make('FsxLustre', (abortSignal) =>
          writes.send(new CreateLocationFsxLustreCommand(input), { abortSignal }),
        );
      }
      case 'fsxOpenZfs': {
        const input = { ...inVpc, FsxFilesystemArn: location.fileSystemArn, Protocol };
        return make('FsxOpenZfs', (abortSignal) =>
          writes.send(new CreateLocationFsxOpenZfsCommand(input), { abortSignal }),
        );
      }
      case 'fsxOntap': {
        const input = { ...inVpc, StorageVirtualMachineArn: location.storageVirtualMachineArn, Protocol };
        return make('FsxOntap', (abortSignal) =>
          writes.send(new CreateLocationFsxOntapCommand(input), { abortSignal }),
        );
      }
      case 'fsxWindows': {
        const input = { ...inVpc, FsxFilesystemArn: location.fileSystemArn, ...credentials(location) };
        return make('FsxWindows', (abortSignal) =>
          writes.send(new CreateLocationFsxWindowsCommand(input), { abortSignal }),
        );
      }
    }
  }

  private async made(action: string, resource: string, send: (signal: AbortSignal) => Promise<Made>): Promise<string> {
    return (await awsCall(`datasync:${action}`, resource, send)).LocationArn ?? '';
  }
}

interface Made {
  readonly LocationArn?: string | undefined;
}

/** What an address of the location must contain. */
function hostAt(dataSet: DataSetSpec, side: Side): string {
  const { sourceLocation } = settingsOf(dataSet);
  if (side === 'source' && sourceLocation !== undefined) return hostOf(sourceLocation);
  return locationOf(side === 'source' ? dataSet.from : dataSet.to).bucket;
}

function isOf(tags: Tags, wanted: Tags): boolean {
  return [TAG_WORKLOAD, TAG_DATA_SET].every((tag) => tags[tag] === wanted[tag]);
}
