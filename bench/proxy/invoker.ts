/** The floor: asks the endpoint as an application with the SDK does, in a process of its own. */
import https from 'node:https';
import http from 'node:http';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { playOpenLoop } from '../support/open-loop';
import type { Played } from '../support/open-loop';
import { requestOf } from '../tap/bodies';
import type { Round } from '../tap/generator';
import { ENDPOINT } from './stage';

const options = { keepAlive: true, maxSockets: 64 };
const client = new SageMakerRuntimeClient({
  maxAttempts: 1,
  requestHandler: { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) },
});

function play({ dueMs, bodyBytes }: Round): Promise<Played> {
  const bodies = dueMs.map((_due, index) => Buffer.from(requestOf(index, bodyBytes)));
  return playOpenLoop(dueMs, async (index) => {
    const command = new InvokeEndpointCommand({
      EndpointName: ENDPOINT,
      Body: bodies[index] ?? Buffer.alloc(0),
      ContentType: 'application/json',
    });
    return client.send(command).then(
      () => true,
      () => false,
    );
  });
}

if (require.main === module) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (round: Round) => void play(round).then((played) => process.send?.(played)));
}
