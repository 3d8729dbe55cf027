/**
 * The one protocol of browser, CLI and agents: what may be sent to a runner, what comes back, and the shapes of what
 * is read. Times are ms since the epoch, money is US dollars, `seq` is a number of the journal.
 *
 *   client → runner   {id, command} · {id, query}
 *   runner → client   hello · patch · {id, ok: true, …} · {id, ok: false, code, message, accepted}
 *
 * The union of commands is closed and every frame is strict. Raw XState events never come from the wire: SEND takes
 * operator events only, and those are written in SCREAMING_CASE.
 */
export * from './protocol/adding.ts';
export * from './protocol/conditions.ts';
export * from './protocol/commands.ts';
export * from './protocol/queries.ts';
export * from './protocol/answers.ts';
export * from './protocol/status.ts';
export * from './protocol/items.ts';
export * from './protocol/attempt-logs.ts';
export * from './protocol/bulk.ts';
export * from './protocol/edits.ts';
export * from './protocol/search.ts';
export * from './protocol/costs.ts';
export * from './protocol/why.ts';
export * from './protocol/actors.ts';
export * from './protocol/charts.ts';
export * from './protocol/flow.ts';
export * from './protocol/time.ts';
export * from './protocol/errors.ts';
export * from './protocol/breakers.ts';
export * from './protocol/budget.ts';
export * from './protocol/configuration.ts';
export * from './protocol/system.ts';
export * from './protocol/frames.ts';
export { STATES_THEN, taskState } from './protocol/atoms.ts';
