/** An operator's filter as SQL over `task` and `item`: the shape comes from this table, every value is a parameter. */
import type { Condition } from '../../inspector/protocol.ts';
import { TASK_STATES } from './types.ts';

/** An error as people read it, without its stack; or the sentence that stands in its place. */
const ERROR = `coalesce(iif(json_valid(task.reason), (task.reason ->> '$.name') || ': ' || (task.reason ->> '$.message'), NULL), task.reason, '')`;

/** `at` (ms since the epoch): now, for what is asked of an age. */
export function filtering(where: readonly Condition[] | undefined, at: number): { sql: string; values: (string | number)[] } {
  const parts = (where ?? []).map((condition) => compiled(condition, at));
  return { sql: parts.map(({ sql }) => ` AND ${sql}`).join(''), values: parts.map(({ value }) => value) };
}

function compiled(condition: Condition, at: number): { sql: string; value: string | number } {
  switch (condition.field) {
    case 'state':
      return { sql: `task.state ${condition.is} ?`, value: TASK_STATES.indexOf(condition.value) };
    case 'error':
      return { sql: `(instr(lower(${ERROR}), lower(?)) > 0) = ${condition.is === '~' ? 1 : 0}`, value: condition.value };
    case 'key':
      return { sql: condition.is === '~' ? 'item.key GLOB ?' : `item.key ${condition.is} ?`, value: condition.value };
    case 'fingerprint':
      // That of its last attempt.
      return { sql: 'EXISTS (SELECT 1 FROM attempt WHERE attempt.item_id = task.item_id AND attempt.stage_id = task.stage_id AND attempt.lease = task.lease AND attempt.fingerprint = ?)', value: condition.value };
    case 'priority':
      return { sql: `item.priority ${condition.is} ?`, value: condition.value };
    case 'attempts':
      return { sql: `task.attempt ${condition.is} ?`, value: condition.value };
    case 'age':
      return { sql: `? ${condition.is === '>' ? '>' : '<'} item.created_at`, value: at - condition.value };
  }
}
