/** Tells the target that nobody waits for this answer. */
export const SHADOW_HEADER = 'x-crossfade-shadow';
