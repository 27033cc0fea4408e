import { join } from 'node:path';
import { readSpecFile } from '../../src/spec';

type Json = Record<string, unknown>;

export const EXAMPLES = join(__dirname, '../../examples');

export function minimalDocument(): Json {
  return readSpecFile(join(EXAMPLES, 'minimal.yaml')) as Json;
}

export function completeDocument(): Json {
  return readSpecFile(join(EXAMPLES, 'complete.yaml')) as Json;
}

export function sageMakerDocument(): Json {
  return readSpecFile(join(EXAMPLES, 'sagemaker-proxy.yaml')) as Json;
}

export function variantsDocument(): Json {
  return readSpecFile(join(EXAMPLES, 'sagemaker.yaml')) as Json;
}

export function shadowVariantDocument(): Json {
  return readSpecFile(join(EXAMPLES, 'sagemaker-shadow.yaml')) as Json;
}

export function recordsDocument(): Json {
  return readSpecFile(join(EXAMPLES, 'route53.yaml')) as Json;
}

/** A copy with one value set (or, for undefined, left out) at a path such as `data.0.to`. */
export function withValue(document: Json, path: string, value: unknown): Json {
  const copy = structuredClone(document);
  const keys = path.split('.');
  const last = keys.pop() as string;
  let place = copy;
  for (const key of keys) {
    place[key] ??= {};
    place = place[key] as Json;
  }
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}
