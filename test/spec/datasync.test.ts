import { planMigration } from '../../src/domain/plan';
import { parseSpec, specProblems } from '../../src/spec';
import { completeDocument, withValue } from './support';

const AGENT = 'arn:aws:datasync:eu-west-1:123456789012:agent/agent-0123456789abcdef0';
const ROLE = 'arn:aws:iam::123456789012:role/datasync';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:filer-AbCdEf';
const SecurityGroups = ['arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123456789abcdef0'];
const FS = 'arn:aws:fsx:eu-west-1:123456789012:file-system/fs-0123456789abcdef0';
const SVM = 'arn:aws:fsx:eu-west-1:123456789012:storage-virtual-machine/fs-0123456789abcdef0/svm-0123456789abcdef0';
const EFS = 'arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-0123456789abcdef0';
const SUBNET = 'arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0123456789abcdef0';
const secured = { user: 'mover', secretArn: SECRET, secretRoleArn: ROLE };
const least = { mode: 'basic', roleArn: ROLE, reportTo: 's3://reports/datasync/' };
const nfs = { host: 'filer.example.com', path: '/export/models/' };
const bucket = {
  name: 'model',
  from: 's3://example-models/ranker',
  to: 's3://example-target/model',
  method: 'datasync',
};
const files = { name: 'model', to: 's3://example-target/model', method: 'datasync' };
const fromNfs = { ...files, datasync: { ...least, agentArns: [AGENT], sourceLocation: { nfs } } };

type Json = Record<string, unknown>;

/** The complete document with one data set, and the model taken from the image. */
const documentWith = (dataSet: Json): Json => withValue(completeDocument(), 'data', [dataSet]);

test('spec: a bucket by DataSync, with every default filled in', () => {
  const [dataSet] = parseSpec(documentWith({ ...bucket, datasync: least })).data;
  expect(dataSet).toEqual({
    name: 'model',
    from: 's3://example-models/ranker',
    to: 's3://example-target/model',
    method: 'datasync',
    infrequentAccessAfterDays: 30,
    datasync: {
      mode: 'basic',
      agentArns: [],
      roleArn: ROLE,
      verify: 'transferred',
      include: [],
      exclude: [],
      reportTo: 's3://reports/datasync',
    },
  });
});

const inVpc = { securityGroupArns: SecurityGroups };
const KINDS: [string, Json, string, Json][] = [
  ['nfs', nfs, 'nfs://filer.example.com/export/models', { version: 'AUTOMATIC', path: '/export/models/' }],
  ['smb', { host: 'filer', path: '/share', ...secured }, 'smb://filer/share', { user: 'mover', secretArn: SECRET }],
  [
    'efs',
    { fileSystemArn: EFS, subnetArn: SUBNET, ...inVpc },
    'efs://fs-0123456789abcdef0',
    { path: '/', subnetArn: SUBNET },
  ],
  ['fsxLustre', { fileSystemArn: FS, ...inVpc }, 'fsx://fs-0123456789abcdef0', { fileSystemArn: FS }],
  ['fsxOpenZfs', { fileSystemArn: FS, ...inVpc }, 'fsx://fs-0123456789abcdef0', { fileSystemArn: FS }],
  ['fsxOntap', { storageVirtualMachineArn: SVM, ...inVpc }, 'fsx://svm-0123456789abcdef0', {}],
  [
    'fsxWindows',
    { fileSystemArn: FS, ...inVpc, ...secured, domain: 'CORP' },
    'fsx://fs-0123456789abcdef0',
    { domain: 'CORP' },
  ],
];
test.each(KINDS)('spec: a source of the kind %s', (kind, location, from, expected) => {
  const agentArns = kind === 'nfs' || kind === 'smb' ? [AGENT] : [];
  const datasync = { ...least, agentArns, sourceLocation: { [kind]: location } };
  const [dataSet] = parseSpec(documentWith({ ...files, datasync })).data;
  expect(dataSet).toMatchObject({ from, datasync: { sourceLocation: { kind, ...expected } } });
});

const REFUSED: [string, Json, string, RegExp][] = [
  ['DataSync without its settings', bucket, 'data[0].datasync', /is required with method datasync/],
  [
    'its settings with another method',
    { ...bucket, method: 'sdk', datasync: least },
    'data[0].datasync',
    /needs method: datasync or auto/,
  ],
  ['a server that is followed', { ...fromNfs, syncEvery: '1h' }, 'data[0].syncEvery', /only a bucket is followed/],
  ['no source', { ...files, datasync: least }, 'data[0].from', /is required/],
  [
    'two sources',
    { ...fromNfs, from: 's3://example-models/ranker' },
    'data[0].datasync.sourceLocation',
    /has one source/,
  ],
  [
    'a server without an agent',
    withSettings({ agentArns: [] }),
    'data[0].datasync.agentArns',
    /reaches nfs through one/,
  ],
  [
    'an agent for a bucket',
    { ...bucket, datasync: { ...least, agentArns: [AGENT] } },
    'data[0].datasync.agentArns',
    /must be empty/,
  ],
  ['an agent named twice', withSettings({ agentArns: [AGENT, AGENT] }), 'data[0].datasync.agentArns[1]', /.+/],
  [
    'no location in a location',
    withSettings({ sourceLocation: {} }),
    'data[0].datasync.sourceLocation',
    /exactly one kind/,
  ],
  [
    'two locations',
    withSettings({ sourceLocation: { nfs, smb: { ...nfs, ...secured } } }),
    'data[0].datasync.sourceLocation',
    /exactly one kind/,
  ],
  [
    'enhanced mode for EFS',
    {
      ...files,
      datasync: {
        ...least,
        mode: 'enhanced',
        sourceLocation: { efs: { fileSystemArn: EFS, subnetArn: SUBNET, ...inVpc } },
      },
    },
    'data[0].datasync.mode',
    /does not read efs/,
  ],
  [
    'enhanced mode that verifies all',
    withSettings({ mode: 'enhanced', verify: 'all' }),
    'data[0].datasync.verify',
    /only what it transferred/,
  ],
  ['files that nothing proves', withSettings({ verify: 'none' }), 'data[0].datasync.verify', /no proof/],
  [
    'a part that nothing proves',
    { ...bucket, datasync: { ...least, verify: 'none', include: ['/a'] } },
    'data[0].datasync.verify',
    /no proof/,
  ],
  ['a pattern from nowhere', withSettings({ include: ['models/*'] }), 'data[0].datasync.include[0]', /starts with \//],
  ['a star in the middle', withSettings({ exclude: ['/a*b'] }), 'data[0].datasync.exclude[0]', /at its ends/],
  [
    'a path that leads out',
    withSettings({ sourceLocation: { nfs: { ...nfs, path: '/a/../b' } } }),
    'data[0].datasync.sourceLocation.nfs.path',
    /must not contain \.\./,
  ],
  [
    'a password',
    withSettings({ sourceLocation: { smb: { ...nfs, ...secured, password: 'x' } } }),
    'data[0].datasync.sourceLocation.smb.password',
    /unknown key/,
  ],
  [
    'reports among the data',
    withSettings({ reportTo: 's3://example-target/model/reports' }),
    'data[0].datasync.reportTo',
    /must not overlap data\[0\]\.to/,
  ],
  ['a name that no task can have', { ...fromNfs, name: 'modèle' }, 'data[0].name', /the name of a task/],
  ['a limit of nothing', withSettings({ bytesPerSecond: 0 }), 'data[0].datasync.bytesPerSecond', /.+/],
];
function withSettings(changes: Json): Json {
  return { ...fromNfs, datasync: { ...fromNfs.datasync, ...changes } };
}

test.each(REFUSED)('spec: %s is refused', (_fact, dataSet, path, words) => {
  expect(specProblems(documentWith(dataSet))).toContainEqual({ path, problem: expect.stringMatching(words) });
});

test('spec: what is allowed has no problem', () => {
  for (const dataSet of [
    fromNfs,
    withSettings({ mode: 'enhanced' }),
    { ...bucket, datasync: { ...least, verify: 'all' } },
  ])
    expect(specProblems(documentWith(dataSet))).toEqual([]);
});

const auto = (bytes: string, more: Json = {}): Json => ({ ...bucket, method: 'auto', expected: { bytes }, ...more });

test('spec: auto that chooses DataSync names every field that it lacks, and why', () => {
  const problems = specProblems(documentWith(auto('500GB')));
  expect(problems.map(({ path }) => path)).toEqual([
    'data[0].datasync.mode',
    'data[0].datasync.roleArn',
    'data[0].datasync.reportTo',
  ]);
  expect(problems[0]?.problem).toMatch(/method auto goes by DataSync \(500 GB is between 100 GB and 10 TB\)/);
});

test.each<[string, Json, boolean]>([
  ['100 GB, and what DataSync needs', auto('100GB', { datasync: least }), true],
  ['one byte less', auto('99999999999B', { datasync: least }), false],
  ['a server, of whatever size', { ...fromNfs, method: 'auto' }, true],
])('spec: auto of %s is decided once: the domain has DataSync there or has it not', (_fact, dataSet, isMoved) => {
  const document = documentWith(dataSet);
  expect(specProblems(document)).toEqual([]);
  const spec = parseSpec(document);
  const kinds = planMigration(spec).environment.map(({ kind }) => kind);
  expect(spec.data[0]?.datasync !== undefined).toBe(isMoved);
  expect(kinds.includes('transfer-data')).toBe(isMoved);
  expect(kinds.includes('copy-data')).toBe(!isMoved);
});
