/** One request to one container. */
import http from 'node:http';
import type { Server, Variant } from './account';
import type { Invocation } from './invocation';

/** SageMaker gives a container this long for a whole answer. Unit: milliseconds. */
const TIMEOUT_MS = 60_000;

/** Resolves with the head of the answer; its body is still to come. Rejects when there is none. */
export function callContainer(variant: Variant, invocation: Invocation): Promise<http.IncomingMessage> {
  const server = nextServer(variant);
  if (server === undefined) return Promise.reject(new Error(`variant ${variant.name} has no instance`));
  const { contentType, accept, customAttributes, body } = invocation;
  return new Promise((resolve, reject) => {
    const request = http.request(`${server.url}/invocations`, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'content-length': body.length,
        ...(accept === undefined ? {} : { accept }),
        ...(customAttributes === undefined ? {} : { 'x-amzn-sagemaker-custom-attributes': customAttributes }),
      },
    });
    request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** In turn: the one that was used last goes to the end. */
function nextServer({ servers, currentCount }: Variant): Server | undefined {
  // Beyond the count in force are containers that have not passed their health check yet.
  const serving = servers.splice(0, Math.max(1, currentCount));
  const [first, ...others] = serving;
  servers.unshift(...others, ...(first === undefined ? [] : [first]));
  return first;
}
