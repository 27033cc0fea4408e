/** A notice as chats show it that take Slack's incoming webhooks (Slack, Mattermost, Rocket.Chat, Discord's `/slack`). */
import type { Notice } from '../domain/notice';
import { headlineOf } from '../domain/notice';

/** Slack refuses longer texts of a block. */
const BLOCK_LENGTH_MAX = 3_000;

export interface SlackMessage {
  /** Shown in notifications, and by chats that know no blocks. */
  readonly text: string;
  readonly blocks: readonly object[];
}

export function slackMessage(notice: Notice): SlackMessage {
  const { text, link, answers, id, at } = notice;
  const headline = escaped(headlineOf(notice));
  const ways = answers.map(
    ({ signal, input, command }) =>
      `\`${escaped(command)}\`\nor in the UI: More Actions, Send a Signal, \`${signal}\`, \`${escaped(JSON.stringify(input))}\``,
  );
  const sections = [
    `*${headline}*\n${escaped(text)}`,
    ...(link === undefined ? [] : [`<${link}|Its page in the Temporal UI>`]),
    ...(ways.length === 0 ? [] : [`*Answer*\n${ways.join('\n')}`]),
  ];
  return {
    text: `${headline}: ${escaped(text)}`.slice(0, BLOCK_LENGTH_MAX),
    blocks: [
      ...sections.map((section) => ({
        type: 'section',
        text: { type: 'mrkdwn', text: section.slice(0, BLOCK_LENGTH_MAX) },
      })),
      { type: 'context', elements: [{ type: 'mrkdwn', text: `${at}, event ${id}` }] },
    ],
  };
}

/** Foreign text must not call a whole channel (`<!channel>`) or hide a link. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
