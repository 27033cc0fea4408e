import { z } from 'zod';
import { specSchema } from './schema';

/** The schema that editors complete from: what an operator may write, so durations are text and defaults are shown. */
export function specJsonSchema(): unknown {
  const schema = z.toJSONSchema(specSchema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' });
  return { title: 'Crossfade migration', ...schema };
}
