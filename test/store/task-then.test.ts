/** What a task was at a time is told from its rows: never otherwise than it was, and unknown only where something is missing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { historiesOf } from '../../runtime/store/histories.ts';
import { tasksAt, wordFor } from '../../runtime/store/task-then.ts';
import { TASK_STATES, type StateThen, type TaskState } from '../../runtime/store/types.ts';
import type { StateNumber } from '../../runtime/store/states.ts';
import { deskWith, failed, jobSpec, type Desk } from '../support/store.ts';
import { NEEDS, step, take, type Run, type Step } from '../support/store-histories.ts';

const wordOf = (state: TaskState): StateThen => wordFor(TASK_STATES.indexOf(state) as StateNumber);
const statesOf = (desk: Desk, itemId: number) => Object.fromEntries(Object.entries(desk.states(itemId)).map(([stage, state]) => [stage, wordOf(state)]));
const itemsOf = ({ db }: Desk): number[] => db.prepare<[], number>('SELECT id FROM item').pluck().all();

/** What every task was after each step, by the time of it. */
type Seen = { at: number; of: Map<number, Record<string, StateThen>> };

/** Lives through a history; the clock never stands still, so that of every time it is known what was so. */
function lived(history: readonly Step[]): { desk: Desk; seen: Seen[] } {
  const run: Run = { desk: deskWith(jobSpec('job', NEEDS)), inFlight: [], old: [] };
  const seen = history.map((action, n): Seen => {
    run.desk.at += 1;
    // A process that dies has written something by then, or nobody can look at the moment.
    if (action.do === 'die') run.desk.flush({ journal: [{ seq: n + 1, at: run.desk.at - 1, path: 'job/job', type: 'x', event: '{}', source: null, cause: null, state: null }] });
    take(run, action);
    return { at: run.desk.at, of: new Map(itemsOf(run.desk).map((id) => [id, statesOf(run.desk, id)])) };
  });
  return { desk: run.desk, seen };
}

/** Of each step and item: what it was, and what is told of it. */
function told({ desk, seen }: { desk: Desk; seen: readonly Seen[] }): { what: string; was: Record<string, StateThen>; is: Record<string, StateThen> }[] {
  const histories = historiesOf(desk.db, itemsOf(desk), () => undefined);
  return seen.flatMap(({ at, of }) => [...of].map(([id, was]) => ({ what: `item ${id} at ${at}`, was, is: Object.fromEntries(tasksAt(histories.get(id)!, at).map(({ stage, state }) => [stage, state])) })));
}

const histories = fc.array(step, { minLength: 30, maxLength: 60, size: 'max' });

test('after any history, what every task was at any time is what it was', () => {
  fc.assert(fc.property(histories, (history) => {
    for (const { what, was, is } of told(lived(history))) expect(is, what).toEqual(was);
  }), { numRuns: 15, endOnFailure: true });
});

const TAKEN_AWAY: Record<string, string> = {
  'what was put back, of tasks that ran since': 'DELETE FROM task_edit WHERE at <= (SELECT started_at FROM task WHERE task.item_id = task_edit.item_id AND task.stage_id = task_edit.stage_id)',
  'what attempts led to': 'UPDATE attempt SET led_to = NULL, taken_back_at = NULL',
  'attempts': 'DELETE FROM attempt WHERE lease < (SELECT lease FROM task WHERE task.item_id = attempt.item_id AND task.stage_id = attempt.stage_id)',
  'outputs': 'DELETE FROM output WHERE seq NOT IN (SELECT output_seq FROM task WHERE output_seq IS NOT NULL)',
};

test('what older versions did not write, and what retention takes away, makes it unknown, never wrong', () => {
  let unknown = 0;
  fc.assert(fc.property(histories, fc.subarray(Object.keys(TAKEN_AWAY), { minLength: 1 }), (history, gone) => {
    const all = lived(history);
    for (const one of gone) all.desk.db.exec(TAKEN_AWAY[one]!);
    for (const { what, was, is } of told(all)) {
      expect(Object.fromEntries(Object.entries(is).map(([stage, state]) => [stage, state === 'unknown' ? was[stage] : state])), what).toEqual(was);
      unknown += Object.values(is).filter((state) => state === 'unknown').length;
    }
  }), { numRuns: 25, endOnFailure: true });
  expect(unknown).toBeGreaterThan(0);
});

test('what was put back by hand says so until the time at which that was', () => {
  const desk = deskWith(jobSpec('job', { fetch: [] }));
  const [item] = desk.find('job', 'k') as [number];
  desk.run('job', 'fetch', item, failed('item_specific', 'no such page'));
  desk.at += 10;
  desk.edit('retry', 'job');
  const at = (time: number) => tasksAt(historiesOf(desk.db, [item], () => undefined).get(item)!, time)[0]!;
  expect(at(desk.at - 1)).toMatchObject({ state: 'failed', attempts: 1, last: { outcome: 'failed' } });
  expect(at(desk.at)).toMatchObject({ state: 'pending', attempts: 1 });
  desk.db.exec('DELETE FROM task_edit');
  expect(at(desk.at - 1)).toMatchObject({ state: 'unknown', doubt: 'failed, or to be run again: when it was put back by hand was not kept' });
});
