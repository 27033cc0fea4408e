/** What bears a workload's tag has cost, by AWS Cost Explorer: of an account, not of a region. Each request is paid for. */
import type { CostExplorerClient, GetCostAndUsageCommandOutput, ResultByTime } from '@aws-sdk/client-cost-explorer';
import { GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer';
import { MigrationError } from '../domain/errors';
import type { ObservedCost } from '../domain/observed';
import { TAG_WORKLOAD } from '../domain/resources';
import { awsCall } from './aws-errors';

/** Where Cost Explorer is asked; it knows every region. */
export const COST_EXPLORER_REGION = 'us-east-1';

const METRIC = 'UnblendedCost';
const USD = 'USD';
const PAGES_MAX = 100;

/** @param from a date, included. @param to a date, not included. @throws AwsRejected for another currency, and AWS's own errors. */
export async function readCost(
  client: CostExplorerClient,
  workload: string,
  from: string,
  to: string,
): Promise<ObservedCost> {
  const days: ResultByTime[] = [];
  let NextPageToken: string | undefined;
  for (let page = 0; page === 0 || NextPageToken !== undefined; page += 1) {
    if (page === PAGES_MAX)
      throw new MigrationError('AwsUnavailable', `Cost Explorer answered with more than ${PAGES_MAX} pages`);
    const command = new GetCostAndUsageCommand({
      TimePeriod: { Start: from, End: to },
      Granularity: 'DAILY',
      Metrics: [METRIC],
      Filter: { Tags: { Key: TAG_WORKLOAD, Values: [workload], MatchOptions: ['EQUALS'] } },
      GroupBy: [{ Type: 'DIMENSION', Key: 'SERVICE' }],
      NextPageToken,
    });
    const reply: GetCostAndUsageCommandOutput = await awsCall('ce:GetCostAndUsage', workload, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    days.push(...(reply.ResultsByTime ?? []));
    NextPageToken = reply.NextPageToken === '' ? undefined : reply.NextPageToken;
  }
  return { from, to, ...summed(days) };
}

function summed(days: readonly ResultByTime[]): Pick<ObservedCost, 'dayCount' | 'services' | 'isEstimated'> {
  const services = new Map<string, number>();
  const withCost = new Set<string>();
  for (const { TimePeriod, Groups = [] } of days)
    for (const { Keys = [], Metrics } of Groups) {
      const { Amount, Unit } = Metrics?.[METRIC] ?? {};
      const value = Number(Amount);
      if (Amount === undefined || !Number.isFinite(value)) continue;
      if (Unit !== USD)
        throw new MigrationError('AwsRejected', `Cost Explorer answers in ${Unit}, and prices here are in ${USD}`);
      const service = Keys[0] ?? 'no service';
      services.set(service, (services.get(service) ?? 0) + value);
      if (value !== 0) withCost.add(TimePeriod?.Start ?? '');
    }
  return {
    dayCount: withCost.size,
    services: [...services].map(([service, usd]) => ({ service, usd })).sort((a, b) => b.usd - a.usd),
    isEstimated: days.some(({ Estimated }) => Estimated === true),
  };
}
