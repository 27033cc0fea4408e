import { inspectEndpoint, requireSettled } from '../../src/activities/preflight-endpoint';
import { completed, metricScopeOf, namedRoute, routeFrom } from '../../src/activities/route';
import type { ShadowSpec } from '../../src/domain/spec';
import type { RouteState } from '../../src/ports/traffic-router';
import { addEndpoint, HOSTED_TARGET, variantsSpec } from '../support/fakes';
import { OWNER, Stage } from './support';

const ARN = 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/ranker';
const named = namedRoute(
  { sagemaker: { endpointName: 'Ranker', targetEndpoint: 'http://target', healthPath: '/health' } },
  'ranker',
);

const STEPS = { startPercent: 5, stepPercent: 10, maxPercent: 50, firstHoldMs: 1, holdMs: 1 } as never;
const TAPPED = { workload: 'ranker', shadow: { ...(STEPS as object), tap: 'http://tap' } as ShadowSpec };

function state(weights: Readonly<Record<string, number>>, more: Partial<RouteState> = {}): RouteState {
  return {
    shares: Object.entries(weights).map(([backend, weight]) => ({ backend, weight })),
    stickinessEnabled: false,
    shift: undefined,
    endpoint: { arn: ARN, configName: 'live' },
    ...more,
  };
}

test('routeFrom: the only variant is the source, and the ARN is the one that SageMaker says', () => {
  const route = routeFrom(named, state({ primary: 1 }));
  expect(route).toEqual({
    arn: ARN,
    kind: 'endpoint',
    sourceTargetGroupArn: 'primary',
    endpoint: { name: 'Ranker', configName: 'crossfade-ranker' },
  });
  expect(metricScopeOf(route, 'crossfade')).toEqual({
    kind: 'endpoint',
    endpointName: 'Ranker',
    source: 'primary',
    target: 'crossfade',
  });
});

test('completed: ours beside it does not make the source unknown', () => {
  expect(completed(named, state({ primary: 90, crossfade: 10 })).source.backend).toBe('primary');
});

test('routeFrom: of several variants the spec must name one', () => {
  expect(() => routeFrom(named, state({ a: 1, b: 1 }))).toThrow(
    expect.objectContaining({ code: 'NotExactlyOne', message: expect.stringContaining('a=1, b=1') }) as Error,
  );
});

test('inspectEndpoint: an endpoint as it should be has no problem, with ours on it too', () => {
  expect(inspectEndpoint(named, state({ primary: 1 }), TAPPED)).toEqual([]);
  const ours = { arn: ARN, configName: 'crossfade-ranker' };
  expect(inspectEndpoint(named, state({ primary: 1, crossfade: 0 }, { endpoint: ours }), TAPPED)).toEqual([]);
});

test('inspectEndpoint: trouble, and a variant of our name that is not ours, are told', () => {
  const endpoint = { arn: ARN, configName: 'live', trouble: 'it is Failed: no ping' };
  expect(inspectEndpoint(named, state({ crossfade: 1 }, { endpoint }), TAPPED)).toEqual([
    'router.sagemaker.endpointName: it is Failed: no ping',
    'target.sagemaker: the endpoint has a variant crossfade already, by its configuration live',
  ]);
});

test('requireSettled: an endpoint that is being changed is looked at again', () => {
  const pending = { why: 'it is Updating', isReceiptMissing: false };
  expect(() => requireSettled(named, state({ primary: 1 }, { pending }))).toThrow(
    expect.objectContaining({ code: 'AwsUnavailable' }) as Error,
  );
});

test('an update that is being rolled back: is waited for, and SageMaker’s reason is told', () => {
  const endpoint = { arn: ARN, configName: 'live', trouble: 'it is RollingBack: no ping', isReturning: true as const };
  const pending = { why: 'it is RollingBack, primary has weight 1 of 1', isReceiptMissing: false };
  const returning = state({ primary: 1 }, { endpoint, pending });
  expect(inspectEndpoint(named, returning, TAPPED)).toEqual([]);
  expect(() => requireSettled(named, returning)).toThrow(
    expect.objectContaining({
      code: 'AwsUnavailable',
      message: expect.stringContaining('is being changed: it is RollingBack: no ping') as string,
    }) as Error,
  );
});

describe('preflight of an endpoint', () => {
  const { proxy: _proxy, ...hosted } = HOSTED_TARGET.sagemaker;

  function staged(router: Record<string, unknown> = {}): { stage: Stage; preflight: () => Promise<unknown> } {
    const stage = new Stage();
    const { route } = addEndpoint(stage.world, 'ranker');
    stage.world.instanceQuotas.set('ml.g5.xlarge', 4);
    const changes = variantsSpec('ranker', { sagemaker: { ...hosted, modelData: undefined } });
    const written = changes['router'] as { sagemaker: Record<string, unknown> };
    const source = { ...(changes['source'] as object), owned: {} };
    const spec = stage.spec({
      ...changes,
      source,
      data: [],
      router: { sagemaker: { ...written.sagemaker, ...router } },
    });
    stage.world.routes.set(route.arn, route);
    return { stage, preflight: () => stage.activities.preflight({ spec, owner: OWNER, adopt: false }) };
  }

  test('preflight: finds the endpoint, its only variant, and knows how the target will be called', async () => {
    expect(await staged().preflight()).toEqual({
      route: {
        arn: 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/ranker-live',
        kind: 'endpoint',
        sourceTargetGroupArn: 'primary',
        endpoint: { name: 'ranker-live', configName: 'crossfade-ranker' },
      },
      generation: 0,
      targetBackend: 'crossfade',
    });
  });

  test.each([
    [
      'an endpoint that is not there',
      { endpointName: 'nobody' },
      'router.sagemaker.endpointName: there is no endpoint',
    ],
    [
      'a variant that is not there',
      { sourceVariant: 'other' },
      'router.sagemaker.sourceVariant: other is not on the route, which forwards to primary=1',
    ],
  ])('preflight: %s is refused', async (_name, router, words) => {
    await expect(staged(router).preflight()).rejects.toMatchObject({
      type: 'SpecInvalid',
      message: expect.stringContaining(words),
    });
  });
});
