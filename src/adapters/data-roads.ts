/** Snowball and Direct Connect as DataRoads. */
import type { DirectConnectClient } from '@aws-sdk/client-direct-connect';
import { DescribeConnectionsCommand } from '@aws-sdk/client-direct-connect';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import type { DataRoads, ImportJob } from '../ports/data-roads';
import { awsCall, awsCodeOf } from './aws-errors';
import { locationOf } from './s3-listing';
import type { SnowballApi } from './snowball-api';

interface JobEntry {
  readonly JobId?: string;
  readonly JobState?: string;
  readonly Description?: string;
}

export class AwsDataRoads implements DataRoads {
  constructor(
    private readonly directConnect: DirectConnectClient,
    private readonly snowball: SnowballApi,
  ) {}

  async findImport(dataSet: DataSetSpec, owner: Owner): Promise<ImportJob | undefined> {
    const wanted = descriptionOf(dataSet, owner);
    const entries = (await this.jobs()).filter(({ Description }) => Description === wanted);
    if (entries.length > 1)
      throw new MigrationError('NotExactlyOne', `Snowball has ${entries.length} jobs that say '${wanted}'`);
    const [{ JobId } = {}] = entries;
    return JobId === undefined ? undefined : this.readImport(JobId);
  }

  async createImport(dataSet: DataSetSpec, owner: Owner): Promise<void> {
    const { snowball } = dataSet;
    if (snowball === undefined)
      throw new MigrationError('SpecInvalid', `data set ${dataSet.name} says nothing about Snowball`);
    const partition = snowball.roleArn.split(':')[1];
    const BucketArn = `arn:${partition}:s3:::${locationOf(dataSet.to).bucket}`;
    await this.snowball.call('snowball:CreateJob', dataSet.name, {
      JobType: 'IMPORT',
      Resources: { S3Resources: [{ BucketArn }] },
      Description: descriptionOf(dataSet, owner),
      AddressId: snowball.addressId,
      RoleARN: snowball.roleArn,
      KmsKeyARN: snowball.kmsKeyArn,
      SnowballType: snowball.type,
      ShippingOption: 'SECOND_DAY',
    });
  }

  async cancelImport(id: string): Promise<void> {
    await this.snowball.call('snowball:CancelJob', id, { JobId: id });
  }

  async readLine(connectionId: string): Promise<string | undefined> {
    const command = new DescribeConnectionsCommand({ connectionId });
    try {
      const reply = await awsCall('directconnect:DescribeConnections', connectionId, (abortSignal) =>
        this.directConnect.send(command, { abortSignal }),
      );
      return reply.connections?.[0]?.connectionState;
    } catch (error) {
      // One code for everything that is asked wrongly, an ID that nobody has among it.
      if (awsCodeOf(error) === 'DirectConnectClientException') return undefined;
      throw error;
    }
  }

  private async jobs(): Promise<JobEntry[]> {
    const all: JobEntry[] = [];
    let NextToken: string | undefined;
    do {
      const reply = await this.snowball.call<{ JobListEntries?: JobEntry[]; NextToken?: string }>(
        'snowball:ListJobs',
        'the jobs',
        NextToken === undefined ? {} : { NextToken },
      );
      all.push(...(reply.JobListEntries ?? []));
      NextToken = reply.NextToken === '' ? undefined : reply.NextToken;
    } while (NextToken !== undefined);
    return all;
  }

  private async readImport(id: string): Promise<ImportJob> {
    const reply = await this.snowball.call<{ JobMetadata?: JobEntry & { JobLogInfo?: { JobFailureLogURI?: string } } }>(
      'snowball:DescribeJob',
      id,
      { JobId: id },
    );
    const { JobState, JobLogInfo } = reply.JobMetadata ?? {};
    return { id, state: JobState ?? 'unknown', failureLog: JobLogInfo?.JobFailureLogURI };
  }
}

/** Jobs bear no tags, so their description says whose they are. */
function descriptionOf({ name }: DataSetSpec, { workload, run }: Owner): string {
  return `crossfade ${workload} ${run} ${name}`;
}
