/** Lines of Direct Connect: requested, pending, available. */
import { randomBytes } from 'node:crypto';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import { AwsError } from '../answer';
import type { Operations } from '../modelled-service';
import type { RoadDelays } from './delays';

interface LineInput {
  readonly location: string;
  readonly bandwidth: string;
  readonly connectionName: string;
}

const STATES = ['requested', 'pending', 'available'];
const ID_BYTES = 4;

export function lineOperations(now: () => number, { lineStateMs }: RoadDelays): Operations {
  const lines = new Map<string, { readonly input: LineInput; readonly orderedAtMs: number }>();
  const describe = (id: string): unknown => {
    const line = lines.get(id);
    if (line === undefined) throw new AwsError('DirectConnectClientException', `Connection ${id} does not exist.`);
    const passed = Math.floor((now() - line.orderedAtMs) / lineStateMs);
    return {
      ...line.input,
      connectionId: id,
      connectionState: STATES[Math.min(passed, STATES.length - 1)],
      ownerAccount: LAB_ACCOUNT,
      region: LAB_REGION,
    };
  };
  return {
    CreateConnection: ({ location, bandwidth, connectionName }: LineInput) => {
      const id = `dxcon-${randomBytes(ID_BYTES).toString('hex')}`;
      lines.set(id, { input: { location, bandwidth, connectionName }, orderedAtMs: now() });
      return describe(id);
    },
    DescribeConnections: ({ connectionId }: { readonly connectionId?: string }) => ({
      connections: (connectionId === undefined ? [...lines.keys()] : [connectionId]).map(describe),
    }),
  };
}
