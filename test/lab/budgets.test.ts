import http from 'node:http';
import { BudgetsClient, DescribeBudgetCommand, DescribeNotificationsForBudgetCommand } from '@aws-sdk/client-budgets';
import { STSClient } from '@aws-sdk/client-sts';
import { userClientConfig } from '../../lab/aws-env';
import { AwsError, errorAnswer, sendAnswer } from '../../lab/gateway/answer';
import { Budgets } from '../../lab/gateway/budgets';
import { identify, signerOf } from '../../lab/gateway/request';
import { forwardBuffered } from '../../lab/gateway/upstream';
import { LOOPBACK, listenOnFreePort, readBody } from '../../lab/loopback';
import { readTools } from '../../lab/tools';
import { createBudgetActivities } from '../../src/activities/budgets';
import { AwsBudgets, budgetRequest } from '../../src/adapters/budgets';
import type { BudgetSpec } from '../../src/domain/spec';
import { Moto } from '../support/moto';

/* The adapter against Budgets as the gateway answers it, by AWS's own model, and against moto's STS. */

const OWNER = { workload: 'ranker', run: '6f1d2c34-0000-4000-8000-00000000abcd' };
const NAME = 'crossfade-ranker';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:cost';
const BUDGET: BudgetSpec = {
  monthlyUsd: 5_000.5,
  alertPercents: [80, 100],
  notify: [{ sns: TOPIC }, { email: 'ops@example.com' }],
};
const ACCOUNT = '123456789012';

let moto: Moto;
let gateway: Budgets;
let server: http.Server;
let client: BudgetsClient;
let budgets: AwsBudgets;

beforeAll(async () => {
  moto = await Moto.start();
  const { botocoreData } = readTools();
  gateway = new Budgets(botocoreData);
  server = http.createServer((incoming, response) => void serve(incoming, response));
  const config = { ...userClientConfig(`http://${LOOPBACK}:${await listenOnFreePort(server)}`), maxAttempts: 1 };
  client = new BudgetsClient(config);
  budgets = new AwsBudgets(client, new STSClient(config));
}, 60_000);

afterAll(async () => {
  client?.destroy();
  server?.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await moto?.stop();
});

afterEach(() => budgets.deleteBudget(NAME));

async function serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const request = identify(incoming, signerOf(incoming), await readBody(incoming));
  try {
    sendAnswer(response, (await gateway.answer(request)) ?? (await forwardBuffered(request, moto.url)));
  } catch (error) {
    const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
    sendAnswer(response, errorAnswer(request, known));
  }
}

test('a budget: counts what bears the tag of the workload, and alerts everybody at each share', async () => {
  await budgets.createBudget(NAME, BUDGET, OWNER);
  const named = { AccountId: ACCOUNT, BudgetName: NAME };
  const { Budget } = await client.send(new DescribeBudgetCommand(named));
  const { Notifications } = await client.send(new DescribeNotificationsForBudgetCommand(named));

  expect(Budget).toMatchObject({
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    BudgetLimit: { Amount: '5000.50', Unit: 'USD' },
    FilterExpression: { Tags: { Key: 'crossfade:workload', Values: ['ranker'] } },
    Metrics: ['UnblendedCost'],
  });
  expect(Notifications?.map(({ Threshold }) => Threshold)).toEqual([80, 100]);
  expect(budgetRequest(ACCOUNT, NAME, BUDGET, OWNER).NotificationsWithSubscribers?.[0]?.Subscribers).toEqual([
    { SubscriptionType: 'SNS', Address: TOPIC },
    { SubscriptionType: 'EMAIL', Address: 'ops@example.com' },
  ]);
});

test('a budget: is found with its owner, and none is undefined', async () => {
  expect(await budgets.findBudget(NAME)).toBeUndefined();
  await budgets.createBudget(NAME, BUDGET, OWNER);
  expect(await budgets.findBudget(NAME)).toEqual({ value: { name: NAME }, owner: OWNER });
});

test('a budget: made twice by the activity is made once, removed twice is removed', async () => {
  const activities = createBudgetActivities({ budgets });
  const input = { name: NAME, budget: BUDGET, owner: OWNER, adopt: false };
  await activities.createBudget(input);
  await activities.createBudget(input);
  await expect(budgets.createBudget(NAME, BUDGET, OWNER)).rejects.toMatchObject({ code: 'AwsRejected' });
  await activities.removeBudget(input);
  await activities.removeBudget(input);
  expect(await budgets.findBudget(NAME)).toBeUndefined();
});

test('a budget of an earlier run: refused without adopt, taken over with it', async () => {
  await budgets.createBudget(NAME, BUDGET, { ...OWNER, run: 'earlier' });
  const activities = createBudgetActivities({ budgets });
  const input = { name: NAME, budget: BUDGET, owner: OWNER };
  await expect(activities.createBudget({ ...input, adopt: false })).rejects.toMatchObject({
    code: 'EarlierRunLeftovers',
  });
  await expect(activities.createBudget({ ...input, adopt: true })).resolves.toBeUndefined();
});

test('the gateway: refuses what the model of AWS does not have', async () => {
  const wrong = { ...BUDGET, alertPercents: Array.from({ length: 11 }, (_, index) => index + 1) };
  await expect(budgets.createBudget(NAME, wrong, OWNER)).rejects.toMatchObject({ code: 'AwsRejected' });
});
