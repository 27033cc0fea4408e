import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AlbRouter } from '../../src/adapters/alb';
import type { WantedShift } from '../../src/domain/weights';
import { targetWeight } from '../../src/domain/weights';
import type { RouteRef } from '../../src/ports/traffic-router';
import type { Wire, WireAnswer, WireRequest } from './wire';
import { closeWires, openWire, queryAnswer } from './wire';

const LISTENER = 'arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/web/1a/2b';
const LOAD_BALANCER = 'arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/1a';
const SOURCE = 'arn:tg/source';
const TARGET = 'arn:tg/target';
const route: RouteRef = { arn: LISTENER, kind: 'listener' };
const shift: WantedShift = { generation: 7, weights: targetWeight(10) };
const shares = [
  { backend: SOURCE, weight: 90 },
  { backend: TARGET, weight: 10 },
];

afterEach(closeWires);

/**
 * A load balancer whose only listener has a login before its forward and sticky sessions. Like AWS's it remembers what
 * ModifyListener and AddTags sent, and answers a forward to one group in both forms.
 */
class ListenerOnTheWire {
  private readonly tags = new Map<string, string>();
  private groups: readonly { arn: string; weight: string }[] = [{ arn: SOURCE, weight: '1' }];

  answer(request: WireRequest): WireAnswer {
    const { Action = '' } = request.form;
    if (Action === 'DescribeListeners' && request.form['ListenerArns.member.1'] !== LISTENER)
      return refusal('ListenerNotFound');
    const result = this.results[Action]?.(request.form);
    return result === undefined ? refusal('ValidationError') : queryAnswer(Action, result);
  }

  private readonly results: Readonly<Record<string, (form: WireRequest['form']) => string>> = {
    DescribeListeners: () => `<Listeners>${this.listener()}</Listeners>`,
    DescribeRules: () =>
      '<Rules><member><Priority>5</Priority></member><member><Priority>default</Priority></member></Rules>',
    CreateRule: () => '<Rules><member><RuleArn>arn:probe</RuleArn></member></Rules>',
    DescribeTags: (form) =>
      `<TagDescriptions><member><ResourceArn>${form['ResourceArns.member.1']}</ResourceArn><Tags>` +
      `${[...this.tags].map(([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`).join('')}` +
      '</Tags></member></TagDescriptions>',
    AddTags: (form) => {
      membersOf(form, 'Tags.member').forEach(({ Key = '', Value = '' }) => this.tags.set(Key, Value));
      return '';
    },
    RemoveTags: (form) => {
      valuesOf(form, 'TagKeys.member').forEach((key) => this.tags.delete(key));
      return '';
    },
    ModifyListener: (form) => {
      this.groups = membersOf(form, 'DefaultActions.member.2.ForwardConfig.TargetGroups.member').map(
        ({ TargetGroupArn = '', Weight = '' }) => ({ arn: TargetGroupArn, weight: Weight }),
      );
      return `<Listeners>${this.listener()}</Listeners>`;
    },
  };

  private listener(): string {
    const [only, ...others] = this.groups;
    const simple = others.length === 0 ? `<TargetGroupArn>${only?.arn}</TargetGroupArn>` : '';
    const groups = this.groups
      .map(({ arn, weight }) => `<member><TargetGroupArn>${arn}</TargetGroupArn><Weight>${weight}</Weight></member>`)
      .join('');
    return (
      `<member><ListenerArn>${LISTENER}</ListenerArn><LoadBalancerArn>${LOAD_BALANCER}</LoadBalancerArn>` +
      '<DefaultActions><member><Type>authenticate-oidc</Type><Order>1</Order><AuthenticateOidcConfig>' +
      '<Issuer>https://login</Issuer><ClientId>client</ClientId></AuthenticateOidcConfig></member>' +
      `<member><Type>forward</Type><Order>2</Order>${simple}<ForwardConfig><TargetGroups>${groups}</TargetGroups>` +
      '<TargetGroupStickinessConfig><Enabled>true</Enabled><DurationSeconds>300</DurationSeconds>' +
      '</TargetGroupStickinessConfig></ForwardConfig></member></DefaultActions></member>'
    );
  }
}

function refusal(code: string): WireAnswer {
  return { status: 400, body: `<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>` };
}

/** `Tags.member.1.Key=a` → `[{ Key: 'a' }]`. */
function membersOf(form: WireRequest['form'], list: string): Record<string, string>[] {
  const members: Record<string, string>[] = [];
  for (const [name, value] of Object.entries(form).filter(([name]) => name.startsWith(`${list}.`))) {
    const [index = '', field = ''] = name.slice(list.length + 1).split('.');
    members[Number(index) - 1] = { ...members[Number(index) - 1], [field]: value };
  }
  return members;
}

function valuesOf(form: WireRequest['form'], list: string): string[] {
  return membersOf(form, list).flatMap((member) => Object.values(member));
}

async function open(): Promise<{ wire: Wire; router: AlbRouter; sent: (action: string) => WireRequest['form'][] }> {
  const listener = new ListenerOnTheWire();
  const wire = await openWire((request) => listener.answer(request));
  const client = new ElasticLoadBalancingV2Client(wire.client);
  const sent = (action: string): WireRequest['form'][] =>
    wire.seen.map(({ form }) => form).filter(({ Action }) => Action === action);
  return { wire, router: new AlbRouter(client, client), sent };
}

async function decide(router: AlbRouter): Promise<void> {
  await router.applyShift(route, { shift, shares, workload: 'ranker', read: await router.readRoute(route) });
}

test('AlbRouter: a listener that nobody shifted is read as all on its one group, with no shift', async () => {
  const { wire, router } = await open();
  expect(await router.readRoute(route)).toEqual({
    shares: [{ backend: SOURCE, weight: 1 }],
    stickinessEnabled: true,
    shift: undefined,
    alb: { listenerArn: LISTENER, loadBalancerArn: LOAD_BALANCER },
  });
  expect(wire.seen.map(({ form }) => form.Action).sort()).toEqual(['DescribeListeners', 'DescribeTags']);
});

test('AlbRouter: the shift’s tag and the claim stand on the listener itself, and come back from there', async () => {
  const { router, sent } = await open();
  await decide(router);
  expect(sent('AddTags')).toEqual([
    expect.objectContaining({
      'ResourceArns.member.1': LISTENER,
      'Tags.member.1.Key': 'crossfade:shift',
      'Tags.member.1.Value': '7/90/10',
      'Tags.member.2.Key': 'crossfade:claim',
      'Tags.member.2.Value': 'ranker',
    }),
  ]);
  expect((await router.readRoute(route)).shift).toEqual(shift);
  expect(sent('DescribeTags')[0]?.['ResourceArns.member.1']).toBe(LISTENER);
});

test('AlbRouter: a listener’s weights go through ModifyListener, and come back from its default actions', async () => {
  const { router, sent } = await open();
  await router.writeShares(route, shares, await router.readRoute(route));
  expect(sent('ModifyListener')).toEqual([
    expect.objectContaining({
      ListenerArn: LISTENER,
      'DefaultActions.member.2.Type': 'forward',
      'DefaultActions.member.2.ForwardConfig.TargetGroups.member.1.TargetGroupArn': SOURCE,
      'DefaultActions.member.2.ForwardConfig.TargetGroups.member.1.Weight': '90',
      'DefaultActions.member.2.ForwardConfig.TargetGroups.member.2.TargetGroupArn': TARGET,
      'DefaultActions.member.2.ForwardConfig.TargetGroups.member.2.Weight': '10',
    }),
  ]);
  expect(sent('ModifyRule')).toEqual([]);
  expect((await router.readRoute(route)).shares).toEqual(shares);
});

test('AlbRouter: beside a listener’s weights its login, its order and its stickiness are sent as they were', async () => {
  const { router, sent } = await open();
  await router.writeShares(route, shares, await router.readRoute(route));
  const [written = {}] = sent('ModifyListener');
  expect(written).toMatchObject({
    'DefaultActions.member.1.Type': 'authenticate-oidc',
    'DefaultActions.member.1.Order': '1',
    'DefaultActions.member.1.AuthenticateOidcConfig.Issuer': 'https://login',
    'DefaultActions.member.1.AuthenticateOidcConfig.UseExistingClientSecret': 'true',
    'DefaultActions.member.2.Order': '2',
    'DefaultActions.member.2.ForwardConfig.TargetGroupStickinessConfig.Enabled': 'true',
    'DefaultActions.member.2.ForwardConfig.TargetGroupStickinessConfig.DurationSeconds': '300',
  });
  expect(written).not.toHaveProperty(['DefaultActions.member.2.TargetGroupArn']);
});

test('AlbRouter: nothing of a listener but its default actions is written', async () => {
  const { router, sent } = await open();
  await router.writeShares(route, shares, await router.readRoute(route));
  const fields = Object.keys(sent('ModifyListener')[0] ?? {}).map((name) => name.split('.')[0]);
  expect(new Set(fields)).toEqual(new Set(['Action', 'Version', 'ListenerArn', 'DefaultActions']));
});

test('AlbRouter: all back on a listener’s source is weight 0 for the target, not its absence', async () => {
  const { router } = await open();
  await router.writeShares(route, shares, await router.readRoute(route));
  const back = shares.map((share) => ({ ...share, weight: share.backend === SOURCE ? 100 : 0 }));
  await router.writeShares(route, back, await router.readRoute(route));
  expect((await router.readRoute(route)).shares).toEqual(back);
});

test('AlbRouter: a shift’s tag stands before its weights are sent, and leaves no receipt', async () => {
  const { wire, router } = await open();
  const read = await router.readRoute(route);
  expect(await router.applyShift(route, { shift, shares, workload: 'ranker', read })).toBeUndefined();
  expect(wire.seen.map(({ form }) => form.Action).slice(-2)).toEqual(['AddTags', 'ModifyListener']);
});

test('AlbRouter: both tags leave the listener again', async () => {
  const { router, sent } = await open();
  await decide(router);
  await router.clearTags(route);
  expect(sent('RemoveTags')).toEqual([
    expect.objectContaining({
      'ResourceArns.member.1': LISTENER,
      'TagKeys.member.1': 'crossfade:shift',
      'TagKeys.member.2': 'crossfade:claim',
    }),
  ]);
  expect((await router.readRoute(route)).shift).toBeUndefined();
});

test('AlbRouter: the probe rule of a listener comes before its default rule, on the secret header alone', async () => {
  const { router, sent } = await open();
  const probe = await router.createProbeRule(route, TARGET, { workload: 'ranker', run: 'run-1' });
  const [rule = {}] = sent('CreateRule');
  expect(rule).toMatchObject({
    ListenerArn: LISTENER,
    'Conditions.member.1.Field': 'http-header',
    'Conditions.member.1.HttpHeaderConfig.HttpHeaderName': probe.headerName,
    'Conditions.member.1.HttpHeaderConfig.Values.member.1': probe.headerValue,
    'Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn': TARGET,
  });
  expect(membersOf(rule, 'Conditions.member')).toHaveLength(1);
  expect(Number(rule.Priority)).toBeGreaterThan(5);
});

test('AlbRouter: a listener that is not there is NotFound, with its ARN', async () => {
  const { router } = await open();
  const gone: RouteRef = { arn: `${LISTENER}0`, kind: 'listener' };
  await expect(router.readRoute(gone)).rejects.toMatchObject({
    code: 'NotFound',
    message: expect.stringContaining(gone.arn),
  });
});
