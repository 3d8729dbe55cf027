export { checkConfig, specIn, type Checked, type CheckOptions } from './check.ts';
export type { Strategies } from './checks/discovery.ts';
export { expand, MissingVariable, variablesOf } from './expand.ts';
export { KeptReading } from './kept-reading.ts';
export { loadConfig } from './load.ts';
export { formatProblems, listProblems, type Problem } from './problem.ts';
export { Config } from './schema.ts';
export { formatDuration, parseDuration } from './units.ts';
