/** Tells people through an SNS topic, a webhook, or a chat that takes Slack's messages. */
import { createHmac } from 'node:crypto';
import type { SNSClient } from '@aws-sdk/client-sns';
import { PublishCommand } from '@aws-sdk/client-sns';
import { assertNever } from '../domain/errors';
import type { Notice } from '../domain/notice';
import { headlineOf, plainNotice } from '../domain/notice';
import type { NotifySpec } from '../domain/spec';
import type { Notifier } from '../ports/notifier';
import { awsCall } from './aws-errors';
import type { SecretReader } from './secret-references';
import { slackMessage } from './slack-message';
import type { WebhookLimits } from './webhook';
import { postWebhook } from './webhook';

/** SNS refuses longer subjects. */
const SUBJECT_LENGTH_MAX = 100;
const SNS_DEADLINE_MS = 15_000;

/*
 * Invariants
 * 1. An address or a key that is a secret is read when it is used, and stands in no error and no log.
 * 2. A delivery ends within a bounded time, whatever the other side does.
 */

export interface NotifierOptions {
  /** A client for a region: SNS refuses topics of another one. */
  readonly snsFor: (region: string | undefined) => SNSClient;
  readonly secrets: SecretReader;
  /** Page of a workflow in the Temporal UI; undefined: nobody said where the UI is. */
  readonly pageOf: (workflowId: string) => string | undefined;
  readonly limits: WebhookLimits;
  /** Unit: milliseconds since 1970. */
  readonly now: () => number;
}

export class Notifications implements Notifier {
  constructor(private readonly options: NotifierOptions) {}

  async notify(to: NotifySpec, notice: Notice): Promise<void> {
    const link = this.options.pageOf(notice.workflowId);
    const told = link === undefined ? notice : { ...notice, link };
    if ('sns' in to) return this.publish(to.sns, told);
    if ('slack' in to) return this.post(to.slack, told, slackMessage(told));
    if ('webhook' in to) return this.post(to.webhook, told, told, to.signWith);
    return assertNever(to);
  }

  private async publish(topicArn: string, notice: Notice): Promise<void> {
    const region = topicArn.split(':')[3];
    const text = (value: string): { DataType: 'String'; StringValue: string } => ({
      DataType: 'String',
      StringValue: value,
    });
    const command = new PublishCommand({
      TopicArn: topicArn,
      Subject: headlineOf(notice).slice(0, SUBJECT_LENGTH_MAX),
      Message: plainNotice(notice),
      MessageAttributes: { event: text(notice.event), workload: text(notice.workload), id: text(notice.id) },
      // A FIFO topic drops what it has had within five minutes, and keeps one workload's events in order.
      ...(topicArn.endsWith('.fifo') ? { MessageDeduplicationId: notice.id, MessageGroupId: notice.workload } : {}),
    });
    await awsCall(
      'sns:Publish',
      topicArn,
      (abortSignal) => this.options.snsFor(region === '' ? undefined : region).send(command, { abortSignal }),
      { deadlineMs: SNS_DEADLINE_MS },
    );
  }

  private async post(address: string, notice: Notice, content: unknown, signWith?: string): Promise<void> {
    const { secrets, limits, now } = this.options;
    const body = JSON.stringify(content);
    const key = signWith === undefined ? undefined : await secrets.read(signWith);
    const url = await secrets.readAddress(address);
    await postWebhook(url, body, limits, {
      'content-type': 'application/json',
      'idempotency-key': notice.id,
      'x-crossfade-event': notice.event,
      ...(key === undefined ? {} : { 'x-crossfade-signature': signatureOf(key, body, now()) }),
    });
  }
}

/** `t` is when it was sent, in seconds since 1970; `v1` the HMAC-SHA-256 of `t`, a full stop and the body, in hex. */
export function signatureOf(key: string, body: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1_000);
  return `t=${t},v1=${createHmac('sha256', key).update(`${t}.${body}`).digest('hex')}`;
}

/** One client a region, made when it is first needed. */
export function clientsByRegion<T>(create: (region: string | undefined) => T): (region: string | undefined) => T {
  const clients = new Map<string | undefined, T>();
  return (region) => {
    const client = clients.get(region) ?? create(region);
    clients.set(region, client);
    return client;
  };
}
