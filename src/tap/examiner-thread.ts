/** The thread of `ThreadExaminer`: asked by messages, answers by messages. */
import os from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { Output } from './compare-answers';
import type { Case, Rules } from './examine';
import { examine } from './examine';
import type { Answered, Asked } from './examiner';

/** Lowest: where processors are short, users come first and pairs go uncompared. */
const PRIORITY = os.constants.priority.PRIORITY_LOW;

// Elsewhere than on Linux this would be the priority of the whole process.
if (process.platform === 'linux') os.setPriority(0, PRIORITY);

let rules: Rules | undefined;

parentPort?.on('message', (asked: Asked) => {
  rules = asked.rules ?? rules;
  if (rules === undefined) throw new Error('asked before it was told the rules');
  void examine(revived(asked.pairs), rules).then((findings) => {
    const answered: Answered = { id: asked.id, findings };
    parentPort?.postMessage(answered);
  });
});

/** A buffer crosses as a plain array of bytes. */
function revived({ request, pairs }: Case): Case {
  return {
    ...(request === undefined ? {} : { request: request.map(bufferOf) }),
    pairs: pairs.map(({ source, target }) => ({ source: revivedOutput(source), target: revivedOutput(target) })),
  };
}

function revivedOutput(output: Output): Output {
  return typeof output.body === 'string' ? output : { ...output, body: output.body.map(bufferOf) };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
