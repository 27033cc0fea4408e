import { z } from 'zod';
import { arn } from './scalars';
import { strict } from './strict';

const snowball = strict({
  addressId: z
    .string()
    .regex(
      /^ADID[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      'must be the ID of an address, as create-address gives it',
    ),
  roleArn: arn('iam', 'role/[\\w+=,.@/-]+', 'an IAM role').describe('What Snowball acts as at the bucket.'),
  kmsKeyArn: arn('kms', 'key/[\\w-]+', 'a key of KMS'),
  type: z.enum(['EDGE_S', 'EDGE_C', 'EDGE_CG', 'V3_5S', 'V3_5C']).prefault('EDGE_S'),
});

const directConnect = strict({
  connectionId: z.string().regex(/^dxcon-[0-9a-z]{8,}$/, 'must be the ID of a connection such as dxcon-fg1234567'),
});

/** Keys of a data set that have a road followed instead of asked after. */
export const roadDetails = {
  snowball: snowball.optional().describe('The job is made and followed; for existing customers of Snowball only.'),
  directConnect: directConnect.optional().describe('The line is followed until it is available.'),
} as const;

export function checkRoads(dataSet: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  for (const [key, method] of [
    ['snowball', 'snowball'],
    ['directConnect', 'direct-connect'],
  ] as const)
    if (dataSet[key] !== undefined && dataSet['method'] !== method)
      context.addIssue({ code: 'custom', path: [key], message: `needs method: ${method}` });
}
