/** Copies that a SageMaker endpoint makes by itself, and what it keeps of them. */
import { kmsKey, positiveDuration, s3Url } from './scalars';
import { strict } from './strict';

export const shadowVariant = strict({
  capture: strict({
    to: s3Url.describe('Where Data Capture writes requests and answers of both variants.'),
    kmsKeyId: kmsKey.optional().describe('Encrypts what is captured.'),
  }),
  lag: positiveDuration
    .prefault('5m')
    .describe('How long captured lines may take to appear: windows are judged this much later. AWS says minutes.'),
});
