/** `npm run test:full`: everything; else what a change can wait for. */
export const IS_FULL = process.env['CROSSFADE_TEST_FULL'] !== undefined;
