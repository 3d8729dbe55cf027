/** One attempt: parse the item → run → understand what came back → check it → text. Whatever happens, a result comes out. */
import type { Claim, Outcome, Result } from '../../actors/ports.ts';
import { atWork, type AtWork } from './at-work.ts';
import { AttemptContext, type Given } from './context.ts';
import { encodeError, property, textOf } from './encode-error.ts';
import { Deferred, Done, Rejected, Skipped, type DoneOptions } from './ended.ts';
import { InvalidOutput, toJsonText } from './json-text.ts';
import type { LoadedStage } from './loaded-stage.ts';
import { check, ItemMismatch, OutputMismatch } from './schema-check.ts';
import type { World } from './world.ts';

/** As the store's column has it. */
const HIGHEST_PRIORITY = 1e15;
const LOOKS_INTO_CAUSES = 5;

/** Never rejects. */
export function runAttempt(stage: LoadedStage, claim: Claim, given: Given, world: World): Promise<Result> {
  return startAttempt(stage, claim, given, world).result;
}

/** `attempt.fail` ends it as if `run` had thrown: for errors that nobody caught. */
export function startAttempt(stage: LoadedStage, claim: Claim, given: Given, world: World): { attempt: AtWork; result: Promise<Result> } {
  const ctx = new AttemptContext(stage, claim, given, world);
  const { promise: result, resolve } = Promise.withResolvers<Result>();
  let over = false;
  const end = (outcome: Outcome) => {
    over = true;
    resolve({ outcome, costMicroUsd: ctx.costMicroUsd, artifacts: ctx.written });
  };
  const attempt: AtWork = {
    job: stage.job,
    stage: stage.name,
    key: claim.key,
    fail(thrown) {
      if (over) return false;
      end(failure(thrown, ctx, stage, world));
      return true;
    },
  };
  void atWork.run(attempt, perform, stage, claim, ctx, world).then(end);
  return { attempt, result };
}

async function perform(stage: LoadedStage, claim: Claim, ctx: AttemptContext, world: World): Promise<Outcome> {
  try {
    // Each `await` costs a turn of the microtask queue; most items and outputs are checked at once.
    const item = readItem(stage, claim);
    const returned = await stage.definition.run(new Input(item instanceof Promise ? await item : item, ctx, stage, claim, world));
    const understood = understand(returned, stage, ctx, world);
    return understood instanceof Promise ? await understood : understood;
  } catch (thrown) {
    return world.doctor.inTurn(() => failure(thrown, ctx, stage, world));
  }
}

/** What `run` gets. Outputs of other stages are read when `prev` is: most stages of most pipelines never look. */
class Input {
  readonly item: unknown;
  readonly ctx: AttemptContext;
  private readonly stage: LoadedStage;
  private readonly claim: Claim;
  private readonly world: World;
  private parsed: Record<string, unknown> | undefined;

  constructor(item: unknown, ctx: AttemptContext, stage: LoadedStage, claim: Claim, world: World) {
    this.item = item;
    this.ctx = ctx;
    this.stage = stage;
    this.claim = claim;
    this.world = world;
  }

  get prev(): Record<string, unknown> {
    return (this.parsed ??= this.readPrev());
  }

  private readPrev(): Record<string, unknown> {
    const { needs } = this.stage;
    if (needs.length === 0) return {};
    const bodies = Object.entries(this.world.store.outputs.ofItem(this.claim.itemId, needs));
    return Object.fromEntries(bodies.map(([name, body]) => [name, JSON.parse(body)]));
  }
}

/** Parsed anew for each attempt: whatever a handler does to it stays in that attempt. */
function readItem({ item: schema }: LoadedStage, { data, key }: Claim): unknown {
  const item: unknown = JSON.parse(data);
  return schema ? check(schema, item, (issues) => new ItemMismatch(`the item "${key}" is not what the handler expects: ${issues}`)) : item;
}

function understand(returned: unknown, stage: LoadedStage, ctx: AttemptContext, world: World): Outcome | Promise<Outcome> {
  if (returned instanceof Done) return done(returned.value, returned, stage, ctx);
  if (returned instanceof Skipped) return { kind: 'skipped', reason: world.clean(returned.reason) };
  if (returned instanceof Rejected) return { kind: 'rejected', reason: world.clean(returned.reason) };
  if (returned instanceof Deferred) return { kind: 'deferred', until: returned.until, reason: world.clean(returned.reason) };
  if (!isObject(returned) || !('_priority' in returned || '_cost' in returned || '_discrepancies' in returned)) return done(returned, undefined, stage, ctx);
  const { _priority: priority, _cost: cost, _discrepancies: discrepancies, ...value } = returned;
  return done(value, { priority, cost, discrepancies } as DoneOptions, stage, ctx);
}

function done(value: unknown, options: DoneOptions | undefined, { definition: { out }, name }: LoadedStage, ctx: AttemptContext): Outcome | Promise<Outcome> {
  // Before all else: the money is spent, also when the output turns out to be none.
  if (options?.cost !== undefined) ctx.spend(options.cost, `the cost that "${name}" returned`);
  if (!out) return doneWith(value, options);
  const checked = check(out, value, (issues) => new OutputMismatch(`what "${name}" returned is not what its \`out\` says: ${issues}`));
  return checked instanceof Promise ? checked.then((value) => doneWith(value, options)) : doneWith(checked, options);
}

function doneWith(value: unknown, options: DoneOptions | undefined): Outcome {
  const outcome: Outcome = { kind: 'done', output: toJsonText(value) };
  if (options?.priority !== undefined) outcome.priority = priorityOf(options.priority);
  if (options?.discrepancies !== undefined) outcome.discrepancies = toJsonText(options.discrepancies, 'discrepancies');
  return outcome;
}

function priorityOf(priority: unknown): number {
  // `+ 0` turns -0 into 0.
  if (typeof priority === 'number' && Math.abs(priority) <= HIGHEST_PRIORITY) return priority + 0;
  throw new InvalidOutput(`the priority must be a number from -1e15 to 1e15, lower first, not ${typeof priority === 'string' ? JSON.stringify(priority.slice(0, 50)) : String(priority)}`);
}

function failure(thrown: unknown, ctx: AttemptContext, { job, name }: LoadedStage, world: World): Outcome {
  const aborted = ctx.listened?.aborted ? ctx.listened.reason : undefined;
  if (isOfFullDisk(thrown) || (aborted !== undefined && textOf(aborted, 'name') !== 'TimeoutError')) return { kind: 'interrupted' };
  // Whatever it says after its time was over, it was the time that ended it.
  const verdict = world.doctor.examine(aborted ?? thrown, { job, stage: name });
  return { kind: 'failed', ...verdict, error: encodeError(thrown, world.clean) };
}

/** The disk of the data folder: nothing starts until it has room again, and then this runs again. */
function isOfFullDisk(thrown: unknown): boolean {
  let at = thrown;
  for (let depth = 0; depth < LOOKS_INTO_CAUSES && at !== undefined; depth++) {
    if (textOf(at, 'name') === 'DiskFull') return true;
    at = property(at, 'cause');
  }
  return false;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
