/** AWS Budgets: of an account, not of a region. An alert is sent when what a month has cost passes a share of the limit. */
import type { BudgetsClient, CreateBudgetCommandInput, Subscriber } from '@aws-sdk/client-budgets';
import {
  CreateBudgetCommand,
  DeleteBudgetCommand,
  DescribeBudgetCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-budgets';
import type { STSClient } from '@aws-sdk/client-sts';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags, TAG_WORKLOAD } from '../domain/resources';
import type { BudgetReceiver, BudgetSpec } from '../domain/spec';
import type { Budgets } from '../ports/budgets';
import type { Found } from '../ports/traffic-router';
import { awsCall } from './aws-errors';
import { tagList, tagRecord } from './aws-tags';
import { acceptMissing, missingAsUndefined } from './found';

interface Account {
  readonly id: string;
  /** `aws`, `aws-cn`. */
  readonly partition: string;
}

export class AwsBudgets implements Budgets {
  constructor(
    private readonly client: BudgetsClient,
    private readonly sts: STSClient,
  ) {}

  async findBudget(name: string): Promise<Found<{ name: string }> | undefined> {
    const account = await this.account();
    const describe = new DescribeBudgetCommand({ AccountId: account.id, BudgetName: name });
    const found = await missingAsUndefined(
      awsCall('budgets:ViewBudget', name, (abortSignal) => this.client.send(describe, { abortSignal })),
    );
    if (found === undefined) return undefined;
    const ResourceARN = `arn:${account.partition}:budgets::${account.id}:budget/${name}`;
    const list = new ListTagsForResourceCommand({ ResourceARN });
    const { ResourceTags } = await awsCall('budgets:ListTagsForResource', name, (abortSignal) =>
      this.client.send(list, { abortSignal }),
    );
    return { value: { name }, owner: ownerOf(tagRecord(ResourceTags)) };
  }

  async createBudget(name: string, budget: BudgetSpec, owner: Owner): Promise<{ name: string }> {
    const { id } = await this.account();
    const command = new CreateBudgetCommand(budgetRequest(id, name, budget, owner));
    await awsCall('budgets:ModifyBudget', name, (abortSignal) => this.client.send(command, { abortSignal }));
    return { name };
  }

  async deleteBudget(name: string): Promise<void> {
    const { id } = await this.account();
    const command = new DeleteBudgetCommand({ AccountId: id, BudgetName: name });
    await acceptMissing(
      awsCall('budgets:ModifyBudget', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
  }

  private async account(): Promise<Account> {
    const { Account: id = '', Arn = '' } = await awsCall('sts:GetCallerIdentity', 'this account', (abortSignal) =>
      this.sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
    );
    return { id, partition: Arn.split(':')[1] ?? 'aws' };
  }
}

/** All alerts have the same receivers. */
export function budgetRequest(
  accountId: string,
  name: string,
  { monthlyUsd, alertPercents, notify }: BudgetSpec,
  owner: Owner,
): CreateBudgetCommandInput {
  return {
    AccountId: accountId,
    Budget: {
      BudgetName: name,
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      // Never in powers of ten: AWS reads digits and a point.
      BudgetLimit: { Amount: monthlyUsd.toFixed(2), Unit: 'USD' },
      FilterExpression: { Tags: { Key: TAG_WORKLOAD, Values: [owner.workload], MatchOptions: ['EQUALS'] } },
      Metrics: ['UnblendedCost'],
    },
    NotificationsWithSubscribers: alertPercents.map((Threshold) => ({
      Notification: {
        NotificationType: 'ACTUAL',
        ComparisonOperator: 'GREATER_THAN',
        ThresholdType: 'PERCENTAGE',
        Threshold,
      },
      Subscribers: notify.map(subscriber),
    })),
    ResourceTags: tagList(ownerTags(owner)),
  };
}

function subscriber(to: BudgetReceiver): Subscriber {
  return 'sns' in to ? { SubscriptionType: 'SNS', Address: to.sns } : { SubscriptionType: 'EMAIL', Address: to.email };
}
