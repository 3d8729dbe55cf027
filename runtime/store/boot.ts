/** The first transaction of a runner's life: it takes a new epoch and takes back what the last runner left running. */
import type { countsIn } from './counts.ts';
import { SUSPECT_CRASHES } from './claim.ts';
import type { Spending } from './money/spending.ts';
import type { needsIn } from './needs.ts';
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { DEAD, READY, RUNNING, type StateNumber } from './states.ts';
import { Tally } from './tally.ts';

/** From so many crashes on that happened while nothing else ran. */
const DEADLY_SOLO_CRASHES = 3;

export type Booted = {
  epoch: number;
  /** Tasks that were running and are ready (or blocked, or ended with their item) again. */
  swept: number;
  /** Tasks that ended the process once too often. */
  dead: number;
  uncleanStop: boolean;
};

type Parts = { pipelines: Pipelines; needs: ReturnType<typeof needsIn>; spending: Spending; counts: ReturnType<typeof countsIn> };
type Left = { itemId: number; stageId: number; crash: number; soloCrash: number };

export function bootingIn(db: Handle, { pipelines, needs, spending, counts }: Parts) {
  const begin = db.prepare<[], { epoch: number; clean: number }>('UPDATE runner SET epoch = epoch + 1 RETURNING epoch, clean_shutdown AS clean');
  const running = db.prepare('UPDATE runner SET clean_shutdown = 0');
  const left = db.prepare<[], Left>(`SELECT item_id AS itemId, stage_id AS stageId, crash, solo_crash AS soloCrash FROM task WHERE state = ${RUNNING}`);
  // When the process died nobody knows; every moment that the journal tells of is before that, up to its last entry.
  const attempt = db.prepare<[{ itemId: number; stageId: number; state: StateNumber }]>(
    `INSERT INTO attempt (item_id, stage_id, lease, attempt, outcome, charged, started_at, led_to, taken_back_at)
     SELECT item_id, stage_id, lease, attempt, 'crashed', 0, started_at, @state, (SELECT max(started_at, at) + 1 FROM journal ORDER BY seq DESC LIMIT 1)
       FROM task WHERE item_id = @itemId AND stage_id = @stageId`,
  );
  const takeBack = db.prepare(
    'UPDATE task SET state = @state, epoch = NULL, crash = @crash, solo_crash = @soloCrash, reserved = 0, reason = @reason WHERE item_id = @itemId AND stage_id = @stageId',
  );

  /** Whether it died of it. After a clean stop nobody is to blame. */
  function sweep({ itemId, stageId, ...before }: Left, clean: boolean, tally: Tally): boolean {
    const stage = pipelines.byId(stageId);
    const crash = before.crash + (clean ? 0 : 1);
    const soloCrash = before.soloCrash + (!clean && before.crash >= SUSPECT_CRASHES ? 1 : 0);
    const isDead = soloCrash >= DEADLY_SOLO_CRASHES;
    const state = isDead ? DEAD : READY;
    const reason = isDead ? `the process died ${soloCrash} times while this ran alone` : null;
    attempt.run({ itemId, stageId, state });
    takeBack.run({ state, crash, soloCrash, reason, itemId, stageId });
    tally.move(stage, RUNNING, state);
    if (!isDead) needs.recheck(itemId, stage, READY, tally);
    return isDead;
  }

  return db.transaction((): Booted => {
    const tally = new Tally();
    const { epoch, clean } = begin.get()!;
    const rows = left.all();
    const dead = rows.filter((row) => sweep(row, clean === 1, tally)).length;
    // Nobody knows what they cost, nor what calls of discovery and doctor did.
    spending.loseAll();
    running.run();
    counts.write(tally);
    return { epoch, swept: rows.length - dead, dead, uncleanStop: clean === 0 };
  }).immediate;
}
