import { fleetOf } from '../../src/domain/fleet';
import { parseSpec, readSpecFile } from '../../src/spec';

test('fleetOf: instances of the workload are the spec itself', async () => {
  const spec = parseSpec(await readSpecFile('examples/complete.yaml'));
  expect(fleetOf(spec)).toBe(spec.target.ec2);
});

test('fleetOf: proxies start with the name of the endpoint that they ask', async () => {
  const spec = parseSpec(await readSpecFile('examples/sagemaker-proxy.yaml'));
  const fleet = fleetOf(spec);
  expect(fleet).toMatchObject({ instanceType: 'c7i.large', min: 2, desired: 2, port: 8080 });
  expect(fleet.userData?.split('\n')).toEqual([
    '#!/bin/sh',
    'exec docker run --detach --restart always --network host \\',
    "  -e AWS_REGION='eu-west-1' \\",
    "  -e CROSSFADE_PROXY_LISTEN='0.0.0.0:8080' \\",
    "  -e CROSSFADE_PROXY_ENDPOINT='crossfade-ranker' \\",
    "  -e CROSSFADE_PROXY_HEALTH_PATH='/health' \\",
    "  -e CROSSFADE_PROXY_CONCURRENCY='64' \\",
    "  '123456789012.dkr.ecr.eu-west-1.amazonaws.com/crossfade:0.1.0' invoke-proxy",
    '',
  ]);
});
