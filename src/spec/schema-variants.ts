/** Traffic that a SageMaker endpoint divides among its production variants. */
import { baseUrl, endpointName, requestPath } from './scalars';
import { strict } from './strict';

export const variants = strict({
  endpointName: endpointName.describe('The endpoint that answers today; the target joins it as a variant.'),
  sourceVariant: endpointName
    .optional()
    .describe('The variant that answers today; may be left out where it is the only one.'),
  targetEndpoint: baseUrl.describe(
    "Base URL at which the target's variant alone answers: crossfade invoke-proxy with CROSSFADE_PROXY_VARIANT=crossfade.",
  ),
  healthPath: requestPath.prefault('/health').describe('Of both base URLs.'),
});
