import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseInventory, parseSpecText } from '../../src/spec';
import type { Inventory } from '../../src/domain/inventory';
import { scratchFiles } from './scratch';
import { Terminal } from './support';

const writeScratch = scratchFiles();
const drafted = async (...args: string[]): Promise<Inventory> => {
  const { code, out } = await new Terminal().run(['assess', ...args]);
  expect(code).toBe(0);
  expect(out).toContain('# fill in');
  return parseInventory(parseSpecText(out, 'draft'));
};

test('assess --from-csv: hosts of one workload are counted, and the draft validates', async () => {
  const csv = 'host,workload,gpu,gpu_count,vcpus\na,Ranker EU,A100,8,96\nb,"Ranker EU",A100,8,96\nc,features,,0,16\n';
  const { workloads } = await drafted('--from-csv', writeScratch('hosts.csv', csv));
  expect(workloads).toMatchObject([
    { name: 'ranker-eu', compute: { instances: 2, gpu: 'A100', gpuCount: 8, vcpus: 96 } },
    { name: 'features', compute: { instances: 1, vcpus: 16 } },
  ]);
});

test('assess --from-ansible: every group with hosts is a workload', async () => {
  const yaml = 'all:\n  children:\n    training:\n      hosts: {gpu1: {gpu: V100}, gpu2: }\n    empty: {}\n';
  const { workloads } = await drafted('--from-ansible', writeScratch('hosts.yml', yaml));
  expect(workloads).toMatchObject([{ name: 'training', compute: { instances: 2, gpu: 'V100' } }]);
});

describe('assess --from-prometheus', () => {
  let answer: { status: number; body: string };
  const server = createServer((_request, response) => response.writeHead(answer.status).end(answer.body));
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('every job is a workload', async () => {
    const activeTargets = ['ranker', 'ranker', 'node'].map((job) => ({ labels: { job } }));
    answer = { status: 200, body: JSON.stringify({ data: { activeTargets } }) };
    const { workloads } = await drafted('--from-prometheus', url);
    expect(workloads.map(({ name, compute }) => [name, compute?.instances])).toEqual([
      ['ranker', 2],
      ['node', 1],
    ]);
  });

  test.each([
    ['an error', { status: 503, body: '' }, /does not tell its targets: 503/],
    ['a page', { status: 200, body: '<html>' }, /does not tell its targets: /],
    ['nothing', { status: 200, body: '{"data":{"activeTargets":[]}}' }, /watches no target/],
  ])('%s is one usage error that names the address', async (_fact, given, words) => {
    answer = given;
    const { code, err } = await new Terminal().run(['assess', '--from-prometheus', url]);
    expect({ code, err }).toEqual({ code: 64, err: expect.stringMatching(words) });
    expect(err).toContain(url);
  });
});

test.each([
  ['no place at all', [], /needs exactly one of an inventory, --from-csv/],
  ['two places', ['x.yaml', '--from-csv', 'y.csv'], /needs exactly one of/],
  ['a file that is not there', ['--from-csv', '/nowhere.csv'], /cannot read \/nowhere\.csv/],
  ['an address that is none', ['--from-prometheus', 'prometheus'], /must be a URL such as/],
])('assess: %s is a usage error, exit 64', async (_fact, args, words) => {
  expect(await new Terminal().run(['assess', ...args])).toMatchObject({ code: 64, err: expect.stringMatching(words) });
});

test.each([
  ['a host without a workload', 'host,workload\na,x\nb,\n', /hosts\.csv:3: has nothing in the column workload/],
  ['a place below an empty line', 'host,workload\n\na,x\n\nb,\n', /hosts\.csv:5: has nothing in the column workload/],
  [
    'a number that is none',
    'host,workload,vcpus\na,x,8\nb,x,8 cores\n',
    /hosts\.csv:3: vcpus must be .* \(got 8 cores\)/,
  ],
  ['a workload of no instances', 'workload,instances\nx,0\n', /hosts\.csv:2: instances must be .* from 1 to 99999/],
  ['a line with too many columns', 'host,workload\na,x,y\n', /hosts\.csv: /],
  ['no host', 'host,workload\n', /hosts\.csv: has no host/],
])('assess --from-csv: %s is told with its place', async (_fact, csv, words) => {
  const file = writeScratch('hosts.csv', csv);
  expect(await new Terminal().run(['assess', '--from-csv', file])).toMatchObject({
    code: 64,
    err: expect.stringMatching(words),
  });
});
