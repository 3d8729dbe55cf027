/** Databases: locks pass, conditions speak of the item, everything else of the code. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const data: readonly Rule[] = [
  {
    id: 'database-locked', class: 'transient', confidence: 0.95,
    when: { says: anyOf(
      /database (?:table |schema )?is locked|SQLITE_(?:BUSY|LOCKED)|deadlock|lock (?:wait )?timeout|could not (?:obtain|serialize|acquire)/,
      /serialization failure|lock contention|another (?:process|connection|row)|too many clients|remaining connection slots|QueuePool limit/,
      /table is locked/,
    ) },
    reason: 'another one holds the lock for a moment', case: { message: 'database is locked', code: 'SQLITE_BUSY' },
  },
  {
    id: 'sql-wrong', class: 'code_bug', confidence: 0.95,
    when: { says: anyOf(
      /no such (?:table|column|function)|has no column/,
      /(?:table|relation|column|function|operator|type) "?[\w.]+"?(?: of relation "?\w+"?)? (?:does not|doesn't|already) exists?/,
      /near "[^"]*": syntax error|syntax error at or near|SQL syntax|bindings? (?:supplied|parameter)|number of bindings/,
      /error binding parameter|Unknown column|You can only execute one|SQLITE_(?:MISUSE|RANGE|MISMATCH|ERROR|SCHEMA)|datatype mismatch/,
      /type .{0,30}is not supported|can only bind|unrecognized token|Undefined(?:Table|Column)|closed (?:database|cursor|connection object)/,
      /ambiguous column|thread can only be used|too many SQL variables|UndefinedTable|locate column|column .{0,40}(?:ambiguous|cannot be)/,
      /InvalidTextRepresentation/,
    ) },
    unless: { says: /token '?</i },
    reason: 'the statement does not fit the schema', case: { message: 'table posts has no column named text', name: 'sqlite3.OperationalError' },
  },
  {
    id: 'row-refused', class: 'item_specific', confidence: 0.7,
    when: { says: anyOf(
      /constraint (?:failed|violat)|violates .{0,30}constraint|SQLITE_CONSTRAINT\w*|IntegrityError|duplicate (?:key|entry)/,
      /unique constraint|(?:value|data) too long|SQLITE_TOOBIG|out of range for type/,
    ) },
    reason: 'the row of this item is refused', case: { message: 'UNIQUE constraint failed: posts.url', code: 'SQLITE_CONSTRAINT_UNIQUE' },
  },
];
