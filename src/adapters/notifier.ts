/** Tells people through an SNS topic or a webhook. */
import type { SNSClient } from '@aws-sdk/client-sns';
import { PublishCommand } from '@aws-sdk/client-sns';
import { assertNever, MigrationError } from '../domain/errors';
import type { NotifySpec } from '../domain/spec';
import type { Notice, Notifier } from '../ports/notifier';
import { awsCall } from './aws-errors';

const WEBHOOK_TIMEOUT_MS = 5_000;
/** SNS refuses longer subjects. */
const SUBJECT_LENGTH_MAX = 100;

export class SnsAndWebhooks implements Notifier {
  /** @param snsFor a client for a region: SNS refuses topics of another one. */
  constructor(private readonly snsFor: (region: string | undefined) => SNSClient) {}

  async notify(to: NotifySpec, notice: Notice): Promise<void> {
    if ('sns' in to) return this.publish(to.sns, notice);
    if ('webhook' in to) return postWebhook(to.webhook, notice);
    return assertNever(to);
  }

  private async publish(topicArn: string, notice: Notice): Promise<void> {
    const region = topicArn.split(':')[3];
    const command = new PublishCommand({
      TopicArn: topicArn,
      Subject: `Crossfade: ${notice.workload} ${notice.event}`.slice(0, SUBJECT_LENGTH_MAX),
      Message: notice.text,
    });
    await awsCall('sns:Publish', topicArn, (abortSignal) =>
      this.snsFor(region === '' ? undefined : region).send(command, { abortSignal }),
    );
  }
}

async function postWebhook(url: string, notice: Notice): Promise<void> {
  // The path of a webhook is often its password, so only the host is named.
  const doing = `POST to the webhook at ${new URL(url).host}`;
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(notice),
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    });
    await response.body?.cancel();
    ({ status } = response);
  } catch (error) {
    throw new MigrationError('EndpointUnreachable', `${doing}: ${(error as Error).message}`, { cause: error });
  }
  if (status >= 300) throw new MigrationError('EndpointUnreachable', `${doing} was answered with ${status}`);
}

/** One client a region, made when it is first needed. */
export function snsClients(
  create: (region: string | undefined) => SNSClient,
): (region: string | undefined) => SNSClient {
  const clients = new Map<string | undefined, SNSClient>();
  return (region) => {
    const client = clients.get(region) ?? create(region);
    clients.set(region, client);
    return client;
  };
}
