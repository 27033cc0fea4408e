import { z } from 'zod';
import { specSchema } from './schema';
import { inventorySchema } from './schema-inventory';
import { fleetFileSchema } from './schema-migrations';

/** The schema that editors complete from: what an operator may write, so durations are text and defaults are shown. */
export function specJsonSchema(): unknown {
  return jsonSchemaOf('Crossfade migration', specSchema);
}

export function inventoryJsonSchema(): unknown {
  return jsonSchemaOf('Crossfade inventory', inventorySchema);
}

export function fleetJsonSchema(): unknown {
  return jsonSchemaOf('Crossfade fleet', fleetFileSchema);
}

function jsonSchemaOf(title: string, written: z.ZodType): unknown {
  const schema = z.toJSONSchema(written, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' });
  return { title, ...schema };
}
