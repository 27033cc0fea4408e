/** What people are told, and how they answer. */
import type { NotifySpec } from './spec';

export const NOTICE_EVENTS = [
  'blocked',
  'gate',
  'blind',
  'data',
  'drift',
  'rolled_back',
  'completed',
  'abandoned',
  'cancelled',
  'wave_begins',
  'wave_stopped',
  'fleet_blocked',
  'fleet_finished',
] as const;
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** One answer that a person may give. */
export interface NoticeAnswer {
  /** The signal's name in the Temporal UI. */
  readonly signal: string;
  /** Its input there. */
  readonly input: Readonly<Record<string, string>>;
  /** The same from a terminal. */
  readonly command: string;
}

export interface Notice {
  /** The event's own: every delivery of one event bears the same. */
  readonly id: string;
  /** When it happened. ISO 8601, UTC. */
  readonly at: string;
  /** Of a fleet its name. */
  readonly workload: string;
  readonly workflowId: string;
  readonly event: NoticeEvent;
  readonly text: string;
  /** Page in the Temporal UI; not there: nobody said where the UI is. */
  readonly link?: string;
  readonly answers: readonly NoticeAnswer[];
}

/** What an event asks about. */
export interface AskedAbout {
  /** Name of the gate that was opened. */
  readonly gate?: string;
  /** Whether the step that is blocked can be left out. */
  readonly skippable?: boolean;
}

/** A short way to say yes, no, or go back; empty where nothing is asked. */
export function answersTo(event: NoticeEvent, workload: string, { gate, skippable }: AskedAbout): NoticeAnswer[] {
  const answer = (signal: string, more: Readonly<Record<string, string>> = {}): NoticeAnswer => ({
    signal,
    input: { ...more, requestedBy: 'you', reason: 'why' },
    command: `crossfade ${signal} ${workload}${more['gate'] === undefined ? '' : ` --gate ${more['gate']}`} --reason why`,
  });
  switch (event) {
    case 'gate':
      return ['approve', 'reject'].map((signal) => answer(signal, gate === undefined ? {} : { gate }));
    case 'blocked':
      return [answer('retry'), ...(skippable === true ? [answer('skip')] : []), answer('rollback')];
    case 'blind':
      return [answer('pause'), answer('rollback')];
    case 'rolled_back':
      return [answer('retry'), answer('abandon')];
    case 'wave_stopped':
    case 'fleet_blocked':
      return ['approve', 'reject'].map((signal) => ({
        ...answer(signal, gate === undefined ? {} : { gate }),
        // The workflow does not know the file that it was started from.
        command: `crossfade fleet ${signal} FILE --reason why`,
      }));
    case 'data':
    case 'drift':
    case 'completed':
    case 'abandoned':
    case 'cancelled':
    case 'wave_begins':
    case 'fleet_finished':
      return [];
  }
}

/** One line that says what happened to which workload. */
export function headlineOf({ workload, event }: Pick<Notice, 'workload' | 'event'>): string {
  return `Crossfade: ${workload} ${event.replaceAll('_', ' ')}`;
}

/** For people who read plain text. */
export function plainNotice(notice: Notice): string {
  const { text, link, answers, id, at } = notice;
  const ways = answers.flatMap(({ signal, input, command }) => [
    `- ${command}`,
    `  or in the UI: More Actions, Send a Signal, ${signal}, ${JSON.stringify(input)}`,
  ]);
  return [
    headlineOf(notice),
    '',
    text,
    ...(link === undefined ? [] : ['', link]),
    ...(ways.length === 0 ? [] : ['', 'Answer:', ...ways]),
    '',
    `${at}, event ${id}`,
  ].join('\n');
}

/** ARNs of the secrets that hold an address or a key. */
export function secretsOf(notify: NotifySpec): string[] {
  if ('sns' in notify) return [];
  const references = 'slack' in notify ? [notify.slack] : [notify.webhook, notify.signWith];
  return references.flatMap((reference) => (reference?.startsWith('arn:') === true ? [reference] : []));
}
