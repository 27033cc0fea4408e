import { ServiceModel } from '../../lab/gateway/botocore';

const model = new ServiceModel({
  operations: { ModifyRule: { input: { shape: 'Input' }, output: { shape: 'Action' } } },
  shapes: {
    Input: {
      type: 'structure',
      required: ['RuleArn'],
      members: {
        RuleArn: { shape: 'Text' },
        Actions: { shape: 'Actions' },
        Kind: { shape: 'Kind' },
        Enabled: { shape: 'Flag' },
      },
    },
    Text: { type: 'string', pattern: '[a-z:]+' },
    Kind: { type: 'string', enum: ['forward', 'redirect'] },
    Flag: { type: 'boolean' },
    Actions: { type: 'list', member: { shape: 'Action' } },
    Action: { type: 'structure', members: { Weight: { shape: 'Weight' } } },
    Weight: { type: 'integer', min: 0, max: 999 },
  },
});

test('decodeQuery: lists, structures and scalars come out typed', () => {
  const query = new URLSearchParams(
    'Action=ModifyRule&Version=1&RuleArn=a&Enabled=true&Actions.member.2.Weight=7&Actions.member.1.Weight=1',
  );

  expect(model.decodeQuery('ModifyRule', query)).toEqual({
    RuleArn: 'a',
    Enabled: true,
    Actions: [{ Weight: 1 }, { Weight: 7 }],
  });
});

test('decodeQuery: a number that is none stays text, so that validation names it', () => {
  const input = model.decodeQuery('ModifyRule', new URLSearchParams('RuleArn=a&Actions.member.1.Weight=many'));

  expect(model.validate('ModifyRule', input)).toEqual([
    { kind: 'type', path: 'actions[0].weight', message: 'expected an integer' },
  ]);
});

test.each([
  ['missing', 'ruleArn', {}],
  ['unknown', 'colour', { RuleArn: 'a', Colour: 'red' }],
  ['type', 'enabled', { RuleArn: 'a', Enabled: 'yes' }],
  ['enum', 'kind', { RuleArn: 'a', Kind: 'teleport' }],
  ['range', 'actions[1].weight', { RuleArn: 'a', Actions: [{ Weight: 999 }, { Weight: 1000 }] }],
  ['pattern', 'ruleArn', { RuleArn: 'A' }],
])('validate: %s is reported at %s', (kind, path, input) => {
  expect(model.validate('ModifyRule', input)).toEqual([expect.objectContaining({ kind, path })]);
});

test('validate: limits themselves pass', () => {
  expect(model.validate('ModifyRule', { RuleArn: 'a', Actions: [{ Weight: 0 }, { Weight: 999 }] })).toEqual([]);
});

test.each([
  ['range', 'weight', { Weight: 1000 }],
  ['unknown', 'colour', { Colour: 'red' }],
])('validateOutput: %s is reported at %s', (kind, path, output) => {
  expect(model.validateOutput('ModifyRule', output)).toEqual([expect.objectContaining({ kind, path })]);
});
