/**
 * An operator's filter as SQL: the shape comes from this table, every value is a parameter. Of tasks, each condition is asked of the task and
 * its item. An item fits when one of its tasks does, and none of them meets what is asked the other way round: `stage:fetch -state:failed`
 * are the items of which fetch has not failed.
 */
import type { Condition } from '../../inspector/protocol.ts';
import { OPEN } from './counts.ts';
import { TASK_STATES, type TaskState } from './types.ts';

export type Sql = { sql: string; values: (string | number)[] };
type Field = Condition['field'];

const OF_ITEM: ReadonlySet<Field> = new Set(['job', 'text', 'key', 'priority', 'age', 'cost']);
/** Whether it is asked of the item, whatever its tasks do. */
export const isOfItem = ({ field }: Condition): boolean => OF_ITEM.has(field);

/** An error as people read it, without its stack; or the sentence that stands in its place. */
const ERROR = `coalesce(iif(json_valid(task.reason), (task.reason ->> '$.name') || ': ' || (task.reason ->> '$.message'), NULL), task.reason, '')`;
const LAST_ATTEMPT = 'EXISTS (SELECT 1 FROM attempt WHERE attempt.item_id = task.item_id AND attempt.stage_id = task.stage_id AND attempt.lease = task.lease AND';
/** Micro-dollars, up to a time (ms since the epoch) if there is one. */
export const costBy = (at?: number): string => `(SELECT ifnull(sum(micro_usd), 0) FROM cost WHERE cost.item_id = item.id AND cost.kind <> 'reserve'${at === undefined ? '' : ` AND cost.at <= ${Math.floor(at)}`})`;
export const COST = costBy();
/** Of a stage that is parked only what it still has to do, unless a stage is asked for by name. */
const NOT_PARKED = `(task.${OPEN} OR task.stage_id NOT IN (SELECT id FROM stage WHERE active = 0))`;

/** Of `task` and `item`. `at` (ms since the epoch): now, for what is asked of an age. */
export function filtering(where: readonly Condition[] | undefined, at: number): Sql {
  return joined((where ?? []).map((condition) => compiled(condition, at)));
}

/** Of `item`. `cost`: what it counts as its cost. */
export function matching(where: readonly Condition[], at: number, cost = COST): Sql {
  const ofTask = where.filter((condition) => !isOfItem(condition));
  const place = ofTask.filter(({ field }) => field === 'stage').map((condition) => compiled(condition, at));
  const rest = ofTask.filter(({ field }) => field !== 'stage');
  const among = place.length > 0 ? joined(place) : { sql: ` AND ${NOT_PARKED}`, values: [] };
  const asked = joined(rest.filter((condition) => !isTurned(condition)).map((condition) => compiled(condition, at)));
  const some = ofTask.length === 0 || (place.length === 0 && asked.sql === '') ? [] : [exists(among, asked)];
  const none = rest.filter(isTurned).map((condition) => not(exists(among, joined([positive(condition, at)]))));
  return joined([...where.filter(isOfItem).map((condition) => compiled(condition, at, cost)), ...some, ...none]);
}

/** The states in which one of its tasks must be; undefined when that is not asked. */
export function statesAsked(where: readonly Condition[]): TaskState[] | undefined {
  const [asked] = where.filter((condition) => condition.field === 'state' && condition.is === '=');
  return asked && ([asked.value].flat() as TaskState[]);
}

const exists = (among: Sql, asked: Sql): Sql => ({ sql: `EXISTS (SELECT 1 FROM task WHERE task.item_id = item.id${among.sql}${asked.sql})`, values: [...among.values, ...asked.values] });
const not = ({ sql, values }: Sql): Sql => ({ sql: `NOT ${sql}`, values });
const isTurned = ({ is }: Condition): boolean => is.startsWith('!');
const joined = (parts: readonly Sql[]): Sql => ({ sql: parts.map(({ sql }) => ` AND ${sql}`).join(''), values: parts.flatMap(({ values }) => values) });

const compiled = (condition: Condition, at: number, cost = COST): Sql => (isTurned(condition) ? not(positive(condition, at, cost)) : positive(condition, at, cost));

/** Without its `!`. */
function positive({ field, is, value }: Condition, at: number, cost = COST): Sql {
  const values = [value].flat();
  switch (field) {
    case 'job':
      // Not by its index: items are walked by their ids.
      return oneOf('+item.job', values);
    case 'stage':
      return { sql: `task.stage_id IN (SELECT id FROM stage WHERE name IN (SELECT value FROM json_each(?)))`, values: [JSON.stringify(values)] };
    case 'state':
      return oneOf('task.state', values.map((state) => TASK_STATES.indexOf(state as TaskState)));
    case 'class':
      return { sql: `${LAST_ATTEMPT} attempt.class IN (SELECT value FROM json_each(?)))`, values: [JSON.stringify(values)] };
    case 'fingerprint':
      return { sql: `${LAST_ATTEMPT} attempt.fingerprint IN (SELECT value FROM json_each(?)))`, values: [JSON.stringify(values)] };
    case 'error':
      return anyOf(`instr(lower(${ERROR}), lower(?)) > 0`, values);
    case 'text':
      return anyOf(`instr(lower(ifnull(item.title, '') || char(10) || item.key), lower(?)) > 0`, values);
    case 'key':
      return anyOf(is.endsWith('~') ? 'item.key GLOB ?' : 'item.key = ?', values);
    case 'priority':
      return { sql: `item.priority ${comparedBy(is)} ?`, values };
    case 'attempts':
      return { sql: `task.attempt ${comparedBy(is)} ?`, values };
    case 'cost':
      return { sql: `${cost} ${comparedBy(is)} ?`, values: [Math.round(Number(value) * 1e6)] };
    case 'age':
      return { sql: `? ${is} item.created_at`, values: [at - Number(value)] };
  }
}

/** `!=` is turned round around it. */
const comparedBy = (is: string): string => (is === '!=' ? '=' : is);

function oneOf(column: string, values: readonly (string | number)[]): Sql {
  return values.length === 1 ? { sql: `${column} = ?`, values: [...values] } : { sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] };
}

function anyOf(sql: string, values: readonly (string | number)[]): Sql {
  return { sql: `(${values.map(() => sql).join(' OR ')})`, values: [...values] };
}
