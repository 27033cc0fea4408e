export { specNotes } from './notes';
export type { Policy } from './parse';
export { parsePolicy, parseSpec, specProblems } from './parse';
export type { SpecProblem } from './problem';
export { parseSpecText, readSpecFile } from './read-file';
export { parseInventory } from './parse-inventory';
export { parseFleet } from './parse-fleet';
