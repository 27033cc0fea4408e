/** What is played on the roads, and what each must leave. */
import type { ScenarioName } from '../../lab/scenarios';
import type { Road } from '../../lab/spec';
import { IS_FULL } from './full';

export interface Story {
  readonly road: Road;
  readonly scenario: ScenarioName;
  readonly workload: string;
}

export interface Undone {
  readonly road: Road;
  readonly phase: string;
  readonly workload: string;
  /** Something that the migration has made by then; not there: nothing. */
  readonly made?: RegExp;
}

/**
 * In every run each way to divide traffic is gone once and undone once, besides the load balancer's in the scenarios;
 * `npm run test:full` plays everything.
 */
const EVERY_RUN: ReadonlySet<string> = new Set([...['dns-kept', 'dns-undo-4'], ...['ep-kept', 'ep-undo-4']]);

export function played<T extends { readonly workload: string }>(all: readonly T[]): readonly T[] {
  return IS_FULL ? all : all.filter(({ workload }) => EVERY_RUN.has(workload));
}

export function playedOn<T extends { readonly workload: string; readonly road: Road }>(
  own: Road,
  all: readonly T[],
): readonly T[] {
  return played(all).filter(({ road }) => road === own);
}

export const STORIES: readonly Story[] = [
  { road: 'sagemaker-proxy', scenario: 'failing-target', workload: 'sm-failing' },
  { road: 'sagemaker-proxy', scenario: 'wrong-answers', workload: 'sm-wrong' },
  { road: 'route53', scenario: 'failing-target', workload: 'dns-failing' },
  { road: 'route53', scenario: 'operator-rollback', workload: 'dns-rollback' },
  { road: 'sagemaker', scenario: 'failing-target', workload: 'ep-failing' },
  { road: 'sagemaker', scenario: 'operator-rollback', workload: 'ep-rollback' },
  { road: 'sagemaker-shadow', scenario: 'wrong-answers', workload: 'sv-wrong' },
];

export interface Kept {
  readonly road: Road;
  readonly workload: string;
  /** Terminated because `source.owned` names it, or because nothing needs it any more. */
  readonly gone: readonly string[];
  readonly made: readonly string[];
}

export const KEPT: readonly Kept[] = [
  {
    road: 'alb',
    workload: 'alb-kept',
    gone: ['Auto Scaling group alb-kept-source'],
    made: [
      'Auto Scaling group crossfade-alb-kept',
      'bucket alb-kept-data-target',
      'launch template crossfade-alb-kept',
      'target group crossfade-alb-kept',
    ],
  },
  {
    road: 'sagemaker-proxy',
    workload: 'sm-kept',
    gone: ['Auto Scaling group sm-kept-source'],
    made: [
      'Auto Scaling group crossfade-sm-kept',
      'bucket sm-kept-data-target',
      'endpoint configuration crossfade-sm-kept',
      'endpoint crossfade-sm-kept',
      'launch template crossfade-sm-kept',
      'mark crossfade-sm-kept crossfade:run',
      'mark crossfade-sm-kept crossfade:workload',
      'model crossfade-sm-kept',
      'scalable target endpoint/crossfade-sm-kept/variant/crossfade',
      'target group crossfade-sm-kept',
    ],
  },
  {
    road: 'route53',
    workload: 'dns-kept',
    gone: ['Auto Scaling group dns-kept-source'],
    made: ['bucket dns-kept-data-target', 'record _crossfade.dns-kept.lab.internal. TXT'],
  },
  {
    road: 'sagemaker',
    workload: 'ep-kept',
    gone: ['scalable target endpoint/ep-kept-live/variant/before'],
    made: [
      'bucket ep-kept-data-target',
      'endpoint configuration crossfade-ep-kept-alone',
      'mark ep-kept-live crossfade:claim',
      'mark ep-kept-live crossfade:instances:before',
      'mark ep-kept-live crossfade:shift',
      'model crossfade-ep-kept',
      'scalable target endpoint/ep-kept-live/variant/crossfade',
    ],
  },
  {
    road: 'sagemaker-shadow',
    workload: 'sv-kept',
    gone: ['scalable target endpoint/sv-kept-live/variant/before'],
    made: [
      'bucket sv-kept-data-target',
      'endpoint configuration crossfade-sv-kept-alone',
      'mark sv-kept-live crossfade:claim',
      'mark sv-kept-live crossfade:instances:before',
      'mark sv-kept-live crossfade:shift',
      'model crossfade-sv-kept',
      'scalable target endpoint/sv-kept-live/variant/crossfade',
    ],
  },
];

/** An endpoint that copied by itself serves its own configuration again: the variant and what scaled it go with that. */
export const UNDONE: readonly Undone[] = [
  { road: 'alb', phase: 'baseline', workload: 'alb-undo-1' },
  { road: 'alb', phase: 'decommission', workload: 'alb-undo-5', made: /^target group crossfade-/ },
  { road: 'sagemaker-proxy', phase: 'baseline', workload: 'sm-undo-1' },
  { road: 'sagemaker-proxy', phase: 'decommission', workload: 'sm-undo-5', made: /^model / },
  { road: 'route53', phase: 'baseline', workload: 'dns-undo-1' },
  { road: 'route53', phase: 'decommission', workload: 'dns-undo-5', made: /^record _crossfade\./ },
  { road: 'sagemaker', phase: 'baseline', workload: 'ep-undo-1' },
  { road: 'sagemaker', phase: 'decommission', workload: 'ep-undo-5', made: /^scalable target .*\/variant\/crossfade$/ },
  { road: 'sagemaker-shadow', phase: 'baseline', workload: 'sv-undo-1' },
  {
    road: 'sagemaker-shadow',
    phase: 'decommission',
    workload: 'sv-undo-5',
    made: /^endpoint configuration .*-shadow$/,
  },
  { road: 'sagemaker-proxy', phase: 'environment', workload: 'sm-undo-2', made: /^model / },
  { road: 'sagemaker-proxy', phase: 'shadow', workload: 'sm-undo-3', made: /^model / },
  { road: 'sagemaker-proxy', phase: 'cutover', workload: 'sm-undo-4', made: /^model / },
  { road: 'route53', phase: 'shadow', workload: 'dns-undo-3', made: /^bucket .*-data-target$/ },
  { road: 'route53', phase: 'cutover', workload: 'dns-undo-4', made: /^record _crossfade\./ },
  { road: 'sagemaker', phase: 'environment', workload: 'ep-undo-2', made: /^endpoint configuration crossfade-/ },
  { road: 'sagemaker', phase: 'shadow', workload: 'ep-undo-3', made: /^scalable target .*\/variant\/crossfade$/ },
  { road: 'sagemaker-shadow', phase: 'environment', workload: 'sv-undo-2', made: /^endpoint configuration .*-shadow$/ },
  { road: 'sagemaker-shadow', phase: 'shadow', workload: 'sv-undo-3', made: /^endpoint configuration .*-shadow$/ },
  { road: 'sagemaker-shadow', phase: 'cutover', workload: 'sv-undo-4', made: /^endpoint configuration .*-shadow$/ },
  { road: 'sagemaker', phase: 'cutover', workload: 'ep-undo-4', made: /^scalable target .*\/variant\/crossfade$/ },
];

const ROADS_HERE: readonly Road[] = ['alb', 'sagemaker-proxy', 'route53', 'sagemaker', 'sagemaker-shadow'];

export const roadsOf = (all: readonly { readonly road: Road }[]): Road[] =>
  ROADS_HERE.filter((each) => all.some(({ road }) => road === each));
