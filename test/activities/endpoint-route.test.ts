import { refuseChangedEndpoint } from '../../src/activities/endpoint-route';
import type { Route } from '../../src/contracts/activities';
import type { EndpointFacts, RouteState } from '../../src/ports/traffic-router';

const route: Route = {
  arn: 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/ranker',
  kind: 'endpoint',
  sourceTargetGroupArn: 'primary',
  endpoint: { name: 'ranker', configName: 'crossfade-ranker' },
};
const state = (facts: Omit<EndpointFacts, 'arn'>): RouteState => ({
  shares: [],
  stickinessEnabled: false,
  shift: undefined,
  endpoint: { arn: route.arn, ...facts },
});

test('refuseChangedEndpoint: the configuration that the migration put there is accepted', () => {
  expect(() => refuseChangedEndpoint(route, state({ configName: 'crossfade-ranker' }))).not.toThrow();
});

test.each([
  [
    'another configuration',
    { configName: 'old' },
    'RouteChanged',
    'serves the configuration old, and crossfade-ranker',
  ],
  [
    'an update to another configuration',
    { configName: 'crossfade-ranker', nextConfigName: 'theirs' },
    'RouteChanged',
    'being updated to the configuration theirs, and crossfade-ranker',
  ],
  [
    'an endpoint that cannot serve',
    { configName: 'old', trouble: 'it is Failed: no ping' },
    'EndpointFailed',
    'it is Failed: no ping',
  ],
])('refuseChangedEndpoint: %s is refused', (_name, facts, code, words) => {
  expect(() => refuseChangedEndpoint(route, state(facts))).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(words) }) as Error,
  );
});
