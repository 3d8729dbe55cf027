import { expect, test } from 'vitest';
import type { Outcome } from '../../actors/ports.ts';
import { taskMachine, type TaskVerb } from '../../machines/task.ts';
import { TASK_STATES, type TaskState } from '../../runtime/store/types.ts';
import { deskWith, done, failed, jobSpec, type Desk } from '../support/store.ts';

/** The task under test is that of `stage`; `need` comes before it, `other` beside it. */
const STAGES = { need: [], stage: ['need'], other: [] };
type Scene = { desk: Desk; item: number };

/** Everything that the store can do to a task, each in its own flush, boot or declaration. */
const VERBS: [TaskVerb, (scene: Scene) => void][] = [
  ['open', ({ desk, item }) => settle(desk, item, 'need', done())],
  ['open', ({ desk, item }) => settle(desk, item, 'need', { kind: 'skipped', reason: 'no' })],
  ['open', ({ desk }) => desk.store.declare([jobSpec('j', { ...STAGES, stage: [] })])],
  ['block', ({ desk }) => desk.edit('reprocess', 'j', { stage: 'need', downstream: true })],
  ['block', ({ desk }) => desk.store.declare([jobSpec('j', { ...STAGES, stage: ['need', 'other'] })])],
  ['claim', ({ desk }) => desk.claim('j', 'stage')],
  ['promote', ({ desk }) => { desk.at += 5_000; desk.flush(); }],
  ['endItem', ({ desk, item }) => settle(desk, item, 'other', { kind: 'rejected', reason: 'no' })],
  ['reopenItem', ({ desk, item }) => {
    desk.db.prepare("UPDATE task SET rejected_by = (SELECT id FROM stage WHERE name = 'other') WHERE item_id = ? AND state = 6").run(item);
    desk.force(item, 'other', 'rejected');
    desk.edit('reset', 'j', { stage: 'other' });
  }],
  ['done', ({ desk, item }) => settle(desk, item, 'stage', done())],
  ['skip', ({ desk, item }) => settle(desk, item, 'stage', { kind: 'skipped', reason: 'no' })],
  ['reject', ({ desk, item }) => settle(desk, item, 'stage', { kind: 'rejected', reason: 'no' })],
  ['fail', ({ desk, item }) => settle(desk, item, 'stage', failed('item_specific'))],
  ['fail', ({ desk, item }) => settle(desk, item, 'stage', failed('transient'), true)],
  ['fail', ({ desk, item }) => settle(desk, item, 'stage', { kind: 'done', output: '{}', priority: Number.NaN })],
  ['wait', ({ desk, item }) => settle(desk, item, 'stage', failed('transient'))],
  ['wait', ({ desk, item }) => settle(desk, item, 'stage', { kind: 'deferred', until: desk.at + 1_000, reason: 'later' })],
  ['giveBack', ({ desk, item }) => settle(desk, item, 'stage', failed('temporal'))],
  ['giveBack', ({ desk, item }) => settle(desk, item, 'stage', failed('systemic'))],
  ['giveBack', ({ desk, item }) => settle(desk, item, 'stage', failed('code_bug'))],
  ['giveBack', ({ desk, item }) => settle(desk, item, 'stage', { kind: 'interrupted' })],
  ['sweep', ({ desk }) => desk.store.boot()],
  ['condemn', ({ desk, item }) => {
    desk.db.prepare("INSERT OR REPLACE INTO attempt (item_id, stage_id, lease, attempt, outcome, charged, started_at, fingerprint) SELECT item_id, stage_id, lease, 1, 'failed', 1, 0, 'aaaaaaaaaaaa' FROM task WHERE item_id = ?").run(item);
    desk.flush({ edits: [{ verb: 'condemn', job: 'j', stage: 'stage', fingerprint: 'aaaaaaaaaaaa' }] });
  }],
  ['absolve', ({ desk, item }) => desk.flush({ edits: [{ verb: 'absolve', job: 'j', stage: 'stage', items: [item] }] })],
  ['RETRY', ({ desk }) => desk.edit('retry', 'j', { stage: 'stage' })],
  ['RESET', ({ desk }) => desk.edit('reset', 'j', { stage: 'stage' })],
  ...(['ready', 'waiting', 'done', 'skipped', 'rejected', 'failed', 'dead'] as const).map((was): [TaskVerb, (scene: Scene) => void] => ['UNDO', ({ desk, item }) => {
    desk.db.prepare(`INSERT OR REPLACE INTO before_edit SELECT item_id, stage_id, 1, lease, ?, lane, rank, priority, iif(? = 2, 10000000, NULL), 0, 0, NULL, NULL FROM task WHERE item_id = ? AND stage_id = (SELECT id FROM stage WHERE name = 'stage')`).run(TASK_STATES.indexOf(was), TASK_STATES.indexOf(was), item);
    desk.flush({ edits: [{ verb: 'undo', edit: 1 }] });
  }]),
  ['REPROCESS', ({ desk }) => desk.edit('reprocess', 'j', { stage: 'stage' })],
];

/** What may be so around the task, as far as it decides where a verb leads. */
const AROUND: ((scene: Scene, state: TaskState) => void)[] = [
  ({ desk, item }) => desk.force(item, 'need', 'done'),
  ({ desk, item }) => desk.force(item, 'need', 'running'),
  ({ desk, item }, state) => {
    desk.force(item, 'need', 'done');
    desk.force(item, 'stage', state, { crash: 9, soloCrash: 2 });
  },
  ({ desk, item }) => {
    desk.force(item, 'need', 'done');
    desk.force(item, 'other', 'rejected');
  },
];

function settle(desk: Desk, itemId: number, stage: string, outcome: Outcome, lastTry = false): void {
  if (desk.task(itemId, stage).state !== 'running') desk.force(itemId, stage, stage === 'stage' ? desk.task(itemId, stage).state : 'running');
  const { lease, attempt } = desk.task(itemId, stage);
  desk.settle({ job: 'j', stage, itemId, key: 'k', data: '{}', priority: 0, attempt, tries: 0, lease, upstream: '' }, outcome, { lastTry, dueAt: desk.at + 1_000 });
}

function seen(): Set<string> {
  const edges = new Set<string>();
  for (const [verb, act] of VERBS) {
    const desk = deskWith(jobSpec('j', STAGES));
    for (const state of TASK_STATES) {
      for (const arrange of AROUND) {
        desk.store.declare([jobSpec('j', STAGES)]);
        const [item] = desk.find('j', `${state} ${AROUND.indexOf(arrange)}`) as [number];
        desk.force(item, 'other', 'running');
        desk.force(item, 'stage', state);
        arrange({ desk, item }, state);
        act({ desk, item });
        const to = desk.task(item, 'stage').state;
        if (to !== state) edges.add(`${state} ── ${verb} ──▶ ${to}`);
        for (const stage of Object.keys(STAGES)) desk.force(item, stage, 'dead');
      }
    }
  }
  return edges;
}

function drawn(): Set<string> {
  const edges = Object.values(taskMachine.states).flatMap((state) =>
    [...state.transitions].flatMap(([verb, transitions]) => transitions.map(({ target }) => `${state.key} ── ${verb} ──▶ ${target![0]!.key}`)),
  );
  return new Set(edges);
}

test('what the store’s verbs do to a task in each state are the edges of its chart', () => {
  expect([...seen()].sort()).toEqual([...drawn()].sort());
});

test('the chart has the states of the rows, each with a description, and one for each operator event', () => {
  expect(Object.keys(taskMachine.states)).toEqual(expect.arrayContaining([...TASK_STATES]));
  expect(Object.keys(taskMachine.states)).toHaveLength(TASK_STATES.length);
  for (const state of Object.values(taskMachine.states)) {
    expect(state.description, state.key).toBeTruthy();
    for (const [event, transitions] of state.transitions) {
      if (/^[A-Z]/.test(event)) expect(transitions.every(({ description }) => description), `${event} in ${state.key}`).toBe(true);
    }
  }
});
