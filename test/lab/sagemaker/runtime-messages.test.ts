/** What the runtime takes and gives, held against botocore's model of it: most of it stands in headers. */
import { ServiceModel } from '../../../lab/gateway/botocore';
import type { Shape } from '../../../lab/gateway/botocore';
import { readTools } from '../../../lab/tools';
import { LocalContainers, LocalGateway, variant } from './local-gateway';

const MODEL = ServiceModel.load(readTools().botocoreData, 'sagemaker-runtime');
const SYNCHRONOUS = ['InvokeEndpoint', 'InvokeEndpointWithResponseStream'] as const;
type OperationName = (typeof SYNCHRONOUS)[number];

const FEATURES = JSON.stringify({ features: Array.from({ length: 16 }, (_, index) => index / 16) });
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20261122/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0';
/** Every answer of AWS's has it; no model names it. */
const OF_EVERY_ANSWER = ['x-amzn-requestid'];

const containers = new LocalContainers();
const gateway = new LocalGateway(containers);
let base: string;

beforeAll(async () => {
  await gateway.start();
  await gateway.deploy('told', [variant('only')]);
  const { hostname = '', port = 0 } = (await gateway.runtime.config.endpoint?.()) ?? {};
  base = `http://${hostname}:${port}`;
});
afterAll(() => gateway.stop());

const operationOf = (name: OperationName): ReturnType<ServiceModel['operations']>[number][1] =>
  Object.fromEntries(MODEL.operations())[name] ?? {};

/** Names of the headers of a message, in lower case, with the members that they carry. */
function headersIn(reference: { readonly shape: string } | undefined): Map<string, string> {
  const { members = {} } = MODEL.shape(reference?.shape ?? '');
  const headers = Object.entries(members).filter(([, { location }]) => location === 'header');
  return new Map(headers.map(([member, { locationName = '' }]) => [locationName.toLowerCase(), member]));
}

function ask(name: OperationName, endpoint: string, headers: Record<string, string> = {}): Promise<Response> {
  const { method, requestUri = '' } = operationOf(name).http ?? {};
  return fetch(`${base}${requestUri.replace('{EndpointName}', endpoint)}`, {
    ...(method === undefined ? {} : { method }),
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json', ...headers },
    body: FEATURES,
  });
}

test('runtime: the operations of the model are those that are answered, but for the asynchronous one', () => {
  const names = MODEL.operations().map(([name]) => name);
  expect(names.filter((name) => name !== 'InvokeEndpointAsync').sort()).toEqual([...SYNCHRONOUS]);
});

test.each(SYNCHRONOUS)('%s: what a sender may say by header is taken under the names of the model', async (name) => {
  const headers = headersIn(operationOf(name).input);
  const nameOf = (member: string): string => [...headers].find(([, carried]) => carried === member)?.[0] ?? '';

  const wrong = await ask(name, 'told', { [nameOf('TargetVariant')]: 'nobody' });
  expect(wrong.status).toBe(400);
  const right = await ask(name, 'told', { [nameOf('TargetVariant')]: 'only' });
  expect(right.status).toBe(200);
  await right.arrayBuffer();
});

test.each(SYNCHRONOUS)('%s: every header of an answer is one that the model names', async (name) => {
  const answer = await ask(name, 'told');
  await answer.arrayBuffer();
  const named = headersIn(operationOf(name).output);
  const ours = [...answer.headers.keys()].filter((header) => header.startsWith('x-amzn-'));

  expect(ours.filter((header) => !named.has(header) && !OF_EVERY_ANSWER.includes(header))).toEqual([]);
  const carried = ours.map((header) => named.get(header));
  expect(carried).toContain('InvokedProductionVariant');
  const typed = [...named].find(([, member]) => member === 'ContentType')?.[0] ?? '';
  expect(answer.headers.get(typed)).toBe('application/json');
});

const REFUSALS: [string, string, Record<string, string>, string][] = [
  ['an endpoint that is not there', 'nothing', {}, 'ValidationError'],
  ['a container that fails', 'broken', {}, 'ModelError'],
];

describe.each(SYNCHRONOUS)('%s', (name) => {
  beforeAll(async () => {
    const own = `broken-${name.length}`;
    await gateway.deploy(own, [variant(own)]);
    for (const server of containers.of(own)) server.fault = { errorRate: 1 };
  });

  test.each(REFUSALS)('%s is an error of the model, with its members', async (_what, endpoint, headers, code) => {
    const answer = await ask(name, endpoint === 'broken' ? `broken-${name.length}` : endpoint, headers);
    const errors = (operationOf(name) as { errors?: readonly { readonly shape: string }[] }).errors ?? [];
    const shape = MODEL.shape(code) as Shape & { readonly error?: { readonly httpStatusCode: number } };

    expect(errors.map((error) => error.shape)).toContain(code);
    expect(answer.headers.get('x-amzn-errortype')?.replace(/:.*$/, '')).toBe(code);
    expect(answer.status).toBe(shape.error?.httpStatusCode);
    const said = Object.keys((await answer.json()) as object).filter((key) => !['__type', 'message'].includes(key));
    expect(said.filter((key) => !(key in (shape.members ?? {})))).toEqual([]);
  });
});
