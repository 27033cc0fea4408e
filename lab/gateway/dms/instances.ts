/** Replication instances: any class, and any subnet group and security group, though nothing stands in them. */
import type { CreateReplicationInstanceMessage, ReplicationInstance } from '@aws-sdk/client-database-migration-service';
import type { Operations } from '../modelled-service';
import type { DmsAccount, InstanceRecord } from './account';
import { newArn, wrongState } from './account';
import type { Delays } from './delays';
import { Life } from './life';
import { filtered, pageOf } from './listing';
import type { ListInput } from './listing';
import { putTags } from './tags';

const ENGINE_VERSION = '3.6.1';
const DEFAULT_STORAGE = 50;

export function instanceOperations(account: DmsAccount, delays: () => Delays): Operations {
  return {
    CreateReplicationInstance: ({ Tags, ...input }: CreateReplicationInstanceMessage) => {
      const life = new Life(account.now(), delays().instanceMs, 'available');
      const record: InstanceRecord = { arn: newArn('rep'), input, life };
      account.addInstance(record);
      putTags(account, record.arn, Tags);
      return { ReplicationInstance: describe(record, account.now()) };
    },
    DescribeReplicationInstances: (input: ListInput) => {
      const wanted = filtered(account.instances(), input, 'replication instances', valueOf);
      const { items, ...next } = pageOf(wanted, input);
      return { ReplicationInstances: items.map((record) => describe(record, account.now())), ...next };
    },
    DeleteReplicationInstance: ({ ReplicationInstanceArn }: { readonly ReplicationInstanceArn: string }) => {
      const record = account.instance(ReplicationInstanceArn);
      const status = record.life.status(account.now());
      if (status !== 'available') throw wrongState(`Replication instance ${record.arn} is ${status}.`);
      if (account.tasks().some(({ input }) => input.ReplicationInstanceArn === record.arn))
        throw wrongState(`Replication instance ${record.arn} has replication tasks.`);
      record.life.delete(account.now(), delays().deletingMs);
      return { ReplicationInstance: describe(record, account.now()) };
    },
  };
}

function valueOf({ arn, input }: InstanceRecord, name: string): string | undefined {
  const values: Record<string, string | undefined> = {
    'replication-instance-arn': arn,
    'replication-instance-id': input.ReplicationInstanceIdentifier,
    'replication-instance-class': input.ReplicationInstanceClass,
  };
  return values[name];
}

function describe({ arn, input, life }: InstanceRecord, nowMs: number): ReplicationInstance {
  const { ReplicationSubnetGroupIdentifier: group, KmsKeyId } = input;
  return {
    ReplicationInstanceArn: arn,
    ReplicationInstanceIdentifier: input.ReplicationInstanceIdentifier,
    ReplicationInstanceClass: input.ReplicationInstanceClass,
    ReplicationInstanceStatus: life.status(nowMs),
    AllocatedStorage: input.AllocatedStorage ?? DEFAULT_STORAGE,
    InstanceCreateTime: life.bornAt,
    VpcSecurityGroups: (input.VpcSecurityGroupIds ?? []).map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    ...(group === undefined ? {} : { ReplicationSubnetGroup: { ReplicationSubnetGroupIdentifier: group } }),
    MultiAZ: input.MultiAZ ?? false,
    EngineVersion: input.EngineVersion ?? ENGINE_VERSION,
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    PubliclyAccessible: input.PubliclyAccessible ?? true,
    ...(KmsKeyId === undefined ? {} : { KmsKeyId }),
  };
}
