/** `import … from 'rivus'`: all that a handler or a strategy needs. It loads nothing but zod. */
export { z } from 'zod';
export { handler, stage } from './define.ts';
export { qa } from './qa.ts';
export { FeedEntry } from '../../actors/strategies/feeds/entry.ts';
export { Fatal, PauseJob, Transient } from './signals.ts';
export type { AnyHandler, CheckAnswer, OutputOf, Sample, Stage, StageStats, Validation } from './define.ts';
export type { Ctx, Ctx as Context } from './ctx.ts';
export type { QaChecks, QaProblem } from './qa.ts';
export type { Deferred, Done, Ending, Rejected, Skipped } from './ended.ts';
export type { ArtifactRef, Candidate, Log, SourceContext, Strategy } from '../../actors/ports.ts';
export type { Http, HttpOptions, HttpResponse } from '../../actors/http.ts';
