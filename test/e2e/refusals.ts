/** Specs that must be refused before anything is made, and what somebody else made to get in the way. */
import type { Spec, Stage } from './stage';

export interface RefusalCase {
  readonly name: string;
  readonly type: 'SpecInvalid' | 'ResourceNotOurs';
  /** What the one error must name. */
  readonly names: string;
  readonly spoil: (spec: Spec) => void;
  /** What somebody else has made before. */
  readonly prepare?: (stage: Stage) => Promise<void>;
}

const made = { sticky: '', elsewhere: '' };

export const REFUSALS: readonly RefusalCase[] = [
  {
    name: 'a-bucket-that-is-gone',
    type: 'SpecInvalid',
    names: 'data[0].from: there is no bucket no-such-bucket',
    spoil: (spec) => void (spec.data[0]!.from = 's3://no-such-bucket/'),
  },
  {
    name: 'a-lost-ledger',
    type: 'SpecInvalid',
    names: 'ledger: there is no bucket behind s3://no-such-ledger/here',
    spoil: (spec) => void (spec.ledger = 's3://no-such-ledger/here'),
  },
  {
    name: 'a-sticky-rule',
    type: 'SpecInvalid',
    names: 'router.alb.ruleArn: stickiness is on',
    prepare: async (stage) => {
      const { sourceTargetGroupArn } = stage.workload('ranker');
      made.sticky = await stage.account.createRule('sticky.lab.internal', 301, sourceTargetGroupArn, 600);
    },
    spoil: (spec) => void (spec.router.alb.ruleArn = made.sticky),
  },
  {
    name: 'a-foreign-group',
    type: 'SpecInvalid',
    names: 'router.alb.sourceTargetGroupArn: ',
    prepare: async (stage) => void (made.elsewhere = await stage.account.createTargetGroup('elsewhere')),
    spoil: (spec) => void (spec.router.alb.sourceTargetGroupArn = made.elsewhere),
  },
  {
    name: 'a-lost-source',
    type: 'SpecInvalid',
    names: 'source.owned.autoScalingGroups[0]: there is no Auto Scaling group nobody',
    spoil: (spec) => void (spec.source.owned.autoScalingGroups = ['nobody']),
  },
  {
    name: 'falling-weights',
    type: 'SpecInvalid',
    names: 'cutover.weights[1]: must be above the one before it (50)',
    spoil: (spec) => void (spec.cutover.weights = [50, 25, 100]),
  },
  {
    name: 'their-group',
    type: 'ResourceNotOurs',
    names: 'target group crossfade-their-group (it bears no tag of Crossfade)',
    prepare: async (stage) => void (await stage.account.createTargetGroup('crossfade-their-group')),
    spoil: () => undefined,
  },
  {
    name: 'their-template',
    type: 'ResourceNotOurs',
    names: 'launch template crossfade-their-template (it bears no tag of Crossfade)',
    prepare: (stage) => stage.account.createLaunchTemplate('crossfade-their-template'),
    spoil: () => undefined,
  },
  {
    name: 'their-fleet',
    type: 'ResourceNotOurs',
    names: 'Auto Scaling group crossfade-their-fleet (it bears no tag of Crossfade)',
    prepare: (stage) => stage.account.createScalingGroup('crossfade-their-fleet'),
    spoil: () => undefined,
  },
  {
    name: 'their-bucket',
    type: 'ResourceNotOurs',
    names: 'bucket their-own-bucket (it bears no tag of Crossfade)',
    prepare: (stage) => stage.account.createBucket('their-own-bucket'),
    spoil: (spec) => void (spec.data[0]!.to = 's3://their-own-bucket/'),
  },
];
