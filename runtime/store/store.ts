/** The store: one object whose parts are the table families. Only the runner makes one that writes. */
import { actorsIn } from './actors.ts';
import { artifactsIn } from './artifacts.ts';
import { attemptLogsIn } from './attempt-logs.ts';
import { bootingIn, type Booted } from './boot.ts';
import { canariesIn } from './canary.ts';
import { checkpointingIn } from './checkpoint.ts';
import { claimingIn } from './claim.ts';
import { commandsIn } from './commands.ts';
import { committingIn } from './commit.ts';
import { configRevisionsIn } from './config-revisions.ts';
import { countsIn } from './counts.ts';
import { countsThenIn } from './counts-then.ts';
import { declaringIn } from './declare.ts';
import { doctorIn } from './doctor.ts';
import { editingIn } from './edit.ts';
import { editsIn } from './edits.ts';
import { httpCacheIn } from './http-cache.ts';
import { itemsIn } from './items.ts';
import { jobsIn } from './jobs.ts';
import { journalIn } from './journal.ts';
import { llmCallsIn } from './llm-calls.ts';
import { llmRepliesIn } from './llm-replies.ts';
import { memosIn } from './memos.ts';
import { moneyIn } from './money/money.ts';
import { needsIn } from './needs.ts';
import { noticesIn } from './notices.ts';
import type { Handle } from './open.ts';
import { outputsIn } from './outputs.ts';
import { tokenBucketsIn } from './permit/token-buckets.ts';
import { pipelinesOf } from './pipelines.ts';
import { atFirstUse } from './prepared.ts';
import { pruningIn } from './prune.ts';
import { prioritiesIn } from './priorities.ts';
import { promotingIn } from './promote.ts';
import { resourceUseIn } from './resource-use.ts';
import { selectedItems } from './selection.ts';
import { settlingIn } from './settle.ts';
import { tasksIn } from './tasks.ts';
import type { TaskEdit } from './types.ts';
import { versionsIn } from './versions.ts';
import { vitalsIn } from './vitals.ts';

export type Store = ReturnType<typeof storeOn>;

/** On an open database; the statements of all that a start needs are prepared here. */
export function storeOn(db: Handle) {
  const pipelines = pipelinesOf(db);
  const countsThen = countsThenIn(db);
  const [actors, commands, jobs, journal, memos] = [actorsIn(db), commandsIn(db), jobsIn(db), journalIn(db), memosIn(db)];
  const [artifacts, counts, priorities] = [artifactsIn(db), countsIn(db, countsThen), prioritiesIn(db, { pipelines })];
  const money = moneyIn(db, { pipelines });
  const { limits, spending } = money;
  const [doctor, notices] = [doctorIn(db), noticesIn(db)];
  const items = itemsIn(db, { pipelines });
  const needs = needsIn(db, { pipelines });
  const replies = llmRepliesIn(db);
  const calls = llmCallsIn(db, { pipelines, replies, money });
  const settling = settlingIn(db, { pipelines, needs, spending, artifacts, logs: attemptLogsIn(db), priorities });
  const { claim, couldClaim } = claimingIn(db, { pipelines, money });
  const edits = editsIn(db, { pipelines, needs });
  const [edit, promoting, tokenBuckets] = [editingIn(db, { pipelines, edits, priorities }), promotingIn(db, { pipelines }), tokenBucketsIn(db)];
  const boot = bootingIn(db, { pipelines, needs, spending, counts });
  const uuid = db.prepare<[], string>('SELECT uuid FROM runner').pluck();
  const shutDownClean = db.prepare('UPDATE runner SET clean_shutdown = 1');
  let epoch = 0;

  return {
    db,
    actors,
    canaries: atFirstUse(() => canariesIn(db)),
    commands,
    doctor,
    edits: { next: edits.next, isLeft: edits.isLeft },
    notices,
    counts,
    items,
    jobs,
    journal,
    memos,
    money,
    tokenBuckets,
    resourceUse: atFirstUse(() => resourceUseIn(db)),
    httpCache: atFirstUse(() => httpCacheIn(db)),
    llmReplies: replies,
    prune: atFirstUse(() => pruningIn(db)),
    tasks: tasksIn(db),
    outputs: atFirstUse(() => outputsIn(db, { pipelines })),
    vitals: vitalsIn(db, { pipelines, counts }),
    configRevisions: configRevisionsIn(db),
    /** Id of a stage's version, made when its hashes are new. */
    versionId: versionsIn(db, { pipelines }),
    /** Ids of the items of which an edit takes tasks, as of `at`. */
    selectedItems: (edit: TaskEdit, at: number): number[] => selectedItems(db, pipelines, edit, at),
    /** Of this file, for ever. */
    uuid: uuid.get()!,

    /** Before anything is claimed: a new epoch; what ran when the last runner ended is ready again. */
    boot(): Booted {
      countsThen.keepAll();
      const booted = boot();
      epoch = booted.epoch;
      edits.cutOff();
      return booted;
    },
    /** Makes jobs, stages and tasks follow the configuration. */
    declare: declaringIn(db, { pipelines, counts, limits }),
    commit: committingIn(db, { countsThen, journal, actors, jobs, commands, memos, doctor, notices, calls, items, counts, edit, settling, promoting, claim, tokenBuckets, money }, () => epoch),

    /** Whether a stage would be given a task if it asked now. */
    couldClaim,

    /** Whatever still runs then is nobody's crash. */
    shutDownClean: (): void => void shutDownClean.run(),
    /** `checkpoint` is to be called now and then. */
    ...checkpointingIn(db),
    close(): void {
      if (!db.readonly && !db.memory) db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}
