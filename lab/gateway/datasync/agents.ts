/** Agents: any activation key makes one, and it is online at once. */
import type { CreateAgentRequest, UpdateAgentRequest } from '@aws-sdk/client-datasync';
import type { Operations } from '../modelled-service';
import { newArn } from './account';
import type { AgentRecord, DataSyncAccount } from './account';
import type { DataSyncFaults } from './faults';
import { pageOf } from './listing';
import type { PageInput } from './listing';
import { putTags } from './tags';

const PLATFORM = { Version: '1.0.0' };

interface Named {
  readonly AgentArn: string;
}

export function agentOperations(account: DataSyncAccount, faults: DataSyncFaults): Operations {
  const statusOf = ({ arn }: AgentRecord): 'ONLINE' | 'OFFLINE' => (faults.isOffline(arn) ? 'OFFLINE' : 'ONLINE');
  return {
    CreateAgent: (input: CreateAgentRequest) => {
      const arn = newArn('agent/agent');
      account.agents.set(arn, { arn, input, createdAt: new Date(), name: input.AgentName });
      putTags(account, arn, input.Tags);
      return { AgentArn: arn };
    },
    DescribeAgent: ({ AgentArn }: Named) => {
      const agent = account.agent(AgentArn);
      const { VpcEndpointId, SubnetArns, SecurityGroupArns } = agent.input;
      const isPrivate = VpcEndpointId !== undefined;
      return {
        AgentArn,
        Name: agent.name,
        Status: statusOf(agent),
        LastConnectionTime: new Date(),
        CreationTime: agent.createdAt,
        EndpointType: isPrivate ? 'PRIVATE_LINK' : 'PUBLIC',
        ...(isPrivate ? { PrivateLinkConfig: { VpcEndpointId, SubnetArns, SecurityGroupArns } } : {}),
        Platform: PLATFORM,
      };
    },
    ListAgents: (input: PageInput) => {
      const { items, ...next } = pageOf([...account.agents.values()], input);
      const Agents = items.map((agent) => ({
        AgentArn: agent.arn,
        Name: agent.name,
        Status: statusOf(agent),
        Platform: PLATFORM,
      }));
      return { Agents, ...next };
    },
    UpdateAgent: ({ AgentArn, Name }: UpdateAgentRequest & Named) => {
      account.agent(AgentArn).name = Name;
      return {};
    },
    DeleteAgent: ({ AgentArn }: Named) => {
      account.agent(AgentArn);
      account.agents.delete(AgentArn);
      account.tags.delete(AgentArn);
      return {};
    },
  };
}
