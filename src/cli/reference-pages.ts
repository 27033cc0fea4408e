import { specJsonSchema } from '../spec/json-schema';
import { createCli } from './cli';
import { processIo } from './io';
import { buildProgram } from './program';
import { cliReference, specReference } from './reference';

/** Text of each page of docs/reference, by its file name; the same on every machine. */
export function referencePages(): Record<string, string> {
  const io = { ...processIo(), user: 'you' };
  return { 'cli.md': cliReference(buildProgram(createCli(io))), 'spec.md': specReference(specJsonSchema()) };
}
