/** AWS Budgets as the gateway answers it: moto keeps no tags of a budget. Nothing is counted, and nobody is told. */
import type { Budget, CreateBudgetRequest, NotificationWithSubscribers, ResourceTag } from '@aws-sdk/client-budgets';
import { AwsError } from './answer';
import type { Answer } from './answer';
import { ModelledService } from './modelled-service';
import type { Operations } from './modelled-service';
import type { AwsRequest } from './request';

interface Kept {
  readonly budget: Budget;
  readonly notifications: readonly NotificationWithSubscribers[];
  readonly tags: readonly ResourceTag[];
}

interface Named {
  readonly AccountId: string;
  readonly BudgetName: string;
}

export class Budgets {
  private readonly kept = new Map<string, Kept>();
  private readonly service: ModelledService;
  private readonly table: Operations = {
    CreateBudget: (input: CreateBudgetRequest) => this.create(input),
    DescribeBudget: (input: Named) => ({ Budget: this.get(input).budget }),
    DescribeNotificationsForBudget: (input: Named) => ({
      Notifications: this.get(input).notifications.map(({ Notification }) => Notification),
    }),
    DeleteBudget: (input: Named) => {
      this.get(input);
      this.kept.delete(arnOf(input));
      return {};
    },
    ListTagsForResource: ({ ResourceARN }: { ResourceARN: string }) => ({ ResourceTags: this.at(ResourceARN).tags }),
  };

  /** @param botocoreData botocore's `data` folder. */
  constructor(botocoreData: string) {
    this.service = new ModelledService(botocoreData, { signingName: 'budgets', operations: this.table });
  }

  /** Undefined: not Budgets'. Throws AwsError for what AWS would refuse, an Error for an answer AWS would never give. */
  answer(request: AwsRequest): Promise<Answer | undefined> {
    return this.service.answer(request);
  }

  private create({
    AccountId,
    Budget,
    NotificationsWithSubscribers = [],
    ResourceTags = [],
  }: CreateBudgetRequest): object {
    const { BudgetName = '', BudgetLimit, BudgetType, CostFilters, FilterExpression, Metrics } = Budget ?? {};
    if (BudgetType === 'COST' && BudgetLimit === undefined)
      throw new AwsError('InvalidParameterException', 'Unable to create/update budget - a budget limit is required.');
    if (CostFilters !== undefined && (FilterExpression !== undefined || Metrics !== undefined))
      throw new AwsError('InvalidParameterException', 'Either FilterExpression and Metrics or CostFilters, not both.');
    const arn = arnOf({ AccountId: AccountId ?? '', BudgetName });
    if (this.kept.has(arn))
      throw new AwsError(
        'DuplicateRecordException',
        `Error creating budget: ${BudgetName} - the budget already exists.`,
      );
    this.kept.set(arn, { budget: Budget as Budget, notifications: NotificationsWithSubscribers, tags: ResourceTags });
    return {};
  }

  private get(named: Named): Kept {
    return this.at(arnOf(named));
  }

  private at(arn: string): Kept {
    const kept = this.kept.get(arn);
    if (kept === undefined) throw new AwsError('NotFoundException', `the budget ${arn} doesn't exist.`);
    return kept;
  }
}

function arnOf({ AccountId, BudgetName }: Named): string {
  return `arn:aws:budgets::${AccountId}:budget/${BudgetName}`;
}
