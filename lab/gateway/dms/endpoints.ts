/** Endpoints, and tests of connections to them, which succeed unless a fault says otherwise. */
import type { CreateEndpointMessage, Endpoint } from '@aws-sdk/client-database-migration-service';
import type { Operations } from '../modelled-service';
import type { ConnectionRecord, DmsAccount, EndpointRecord } from './account';
import { newArn, wrongState } from './account';
import type { Delays } from './delays';
import type { DmsFaults } from './faults';
import { Life } from './life';
import { filtered, pageOf } from './listing';
import type { ListInput } from './listing';
import { putTags } from './tags';

interface Pair {
  readonly ReplicationInstanceArn: string;
  readonly EndpointArn: string;
}

export function endpointOperations(account: DmsAccount, faults: DmsFaults, delays: () => Delays): Operations {
  return {
    CreateEndpoint: ({ Tags, ...input }: CreateEndpointMessage) => {
      const record: EndpointRecord = { arn: newArn('endpoint'), input, life: new Life(account.now(), 0, 'active') };
      account.addEndpoint(record);
      putTags(account, record.arn, Tags);
      return { Endpoint: describe(record, account.now()) };
    },
    DescribeEndpoints: (input: ListInput) => {
      const { items, ...next } = pageOf(filtered(account.endpoints(), input, 'endpoints', valueOf), input);
      return { Endpoints: items.map((record) => describe(record, account.now())), ...next };
    },
    DeleteEndpoint: ({ EndpointArn }: { readonly EndpointArn: string }) => {
      const record = account.endpoint(EndpointArn);
      if (record.life.status(account.now()) === 'deleting') throw wrongState(`Endpoint ${record.arn} is deleting.`);
      const isUsed = account
        .tasks()
        .some(({ input }) => [input.SourceEndpointArn, input.TargetEndpointArn].includes(record.arn));
      if (isUsed) throw wrongState(`Endpoint ${record.arn} is part of one or more replication tasks.`);
      record.life.delete(account.now(), delays().deletingMs);
      return { Endpoint: describe(record, account.now()) };
    },
    TestConnection: (input: Pair) => ({ Connection: test(account, faults, delays(), input) }),
    DescribeConnections: (input: ListInput) => {
      const wanted = filtered(account.connections(), input, 'connections', pairValueOf);
      const { items, ...next } = pageOf(wanted, input);
      return { Connections: items.map((record) => describeTest(record, account.now(), delays().testingMs)), ...next };
    },
  };
}

function test(account: DmsAccount, faults: DmsFaults, delays: Delays, input: Pair): unknown {
  const instance = account.instance(input.ReplicationInstanceArn);
  const endpoint = account.endpoint(input.EndpointArn);
  const status = instance.life.status(account.now());
  if (status !== 'available') throw wrongState(`Replication instance ${instance.arn} is ${status}.`);
  const before = account.connections().find((one) => one.instance === instance && one.endpoint === endpoint);
  if (before !== undefined && connectionStatus(before, account.now(), delays.testingMs) === 'testing')
    throw wrongState(`The connection to ${endpoint.arn} is already being tested.`);
  const failure = faults.connectionFailure(endpoint.input.EndpointType);
  const record = { instance, endpoint, testedAtMs: account.now(), failure };
  account.addTest(record);
  return describeTest(record, account.now(), delays.testingMs);
}

export function connectionStatus({ testedAtMs, failure }: ConnectionRecord, nowMs: number, testingMs: number): string {
  if (nowMs < testedAtMs + testingMs) return 'testing';
  return failure === undefined ? 'successful' : 'failed';
}

function describeTest(record: ConnectionRecord, nowMs: number, testingMs: number): unknown {
  const { instance, endpoint, failure } = record;
  const Status = connectionStatus(record, nowMs, testingMs);
  return {
    ReplicationInstanceArn: instance.arn,
    ReplicationInstanceIdentifier: instance.input.ReplicationInstanceIdentifier,
    EndpointArn: endpoint.arn,
    EndpointIdentifier: endpoint.input.EndpointIdentifier,
    Status,
    ...(Status === 'failed' ? { LastFailureMessage: failure } : {}),
  };
}

function valueOf({ arn, input }: EndpointRecord, name: string): string | undefined {
  const values: Record<string, string | undefined> = {
    'endpoint-arn': arn,
    'endpoint-id': input.EndpointIdentifier,
    'endpoint-type': input.EndpointType,
    'engine-name': input.EngineName,
  };
  return values[name];
}

function pairValueOf({ instance, endpoint }: ConnectionRecord, name: string): string | undefined {
  const values: Record<string, string | undefined> = {
    'endpoint-arn': endpoint.arn,
    'replication-instance-arn': instance.arn,
  };
  return values[name];
}

/** A password is never told, and neither are settings that a secret holds. */
function describe({ arn, input, life }: EndpointRecord, nowMs: number): Endpoint {
  const { Password: _password, Tags: _tags, ResourceIdentifier: _id, ...told } = input;
  return { ...(told as Endpoint), EndpointArn: arn, Status: life.status(nowMs) };
}
