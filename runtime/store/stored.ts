/** What an attempt may ask of the store when it is only tried: reads alone. */
import { llmRepliesIn } from './llm-replies.ts';
import { memosIn } from './memos.ts';
import type { Handle } from './open.ts';
import { outputsIn } from './outputs.ts';
import { pipelinesOf } from './pipelines.ts';
import type { LlmReply } from './types.ts';

export type Stored = {
  uuid: string;
  outputs: Pick<ReturnType<typeof outputsIn>, 'ofItem' | 'ofStage'>;
  /** What `ctx.once` remembers. */
  recall(key: string): string | undefined;
  /** What a model answered. */
  reply(key: string): LlmReply | undefined;
};

/** Where nothing was stored yet. */
export const nothingStored: Stored = { uuid: 'none', outputs: { ofItem: () => ({}), ofStage: () => [] }, recall: () => undefined, reply: () => undefined };

/** Stages that are in jobs.yaml and not in the database yet have no outputs. */
export function storedIn(db: Handle, job: string): Stored {
  const pipelines = pipelinesOf(db);
  const outputs = outputsIn(db, { pipelines });
  const known = new Set(pipelines.inOrder(job).map(({ name }) => name));
  return {
    uuid: db.prepare<[], string>('SELECT uuid FROM runner').pluck().get()!,
    recall: memosIn(db).recall,
    reply: llmRepliesIn(db).find,
    outputs: {
      ofItem: (itemId, stages) => outputs.ofItem(itemId, stages.filter((name) => known.has(name))),
      ofStage: (of, stage) => (known.has(stage) ? outputs.ofStage(of, stage) : []),
    },
  };
}
