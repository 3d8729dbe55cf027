/** Calls of models, as they ended. */
import type { llmRepliesIn } from './llm-replies.ts';
import type { Money } from './money/money.ts';
import type { Handle } from './open.ts';
import type { Pipelines } from './pipelines.ts';
import { DISCOVERY, type LlmCall, type NotedReply } from './types.ts';

type Parts = { pipelines: Pipelines; replies: ReturnType<typeof llmRepliesIn>; money: Pick<Money, 'noteUnpriced'> };

export function llmCallsIn(db: Handle, { pipelines, replies, money }: Parts) {
  const add = db.prepare(
    `INSERT INTO llm_call (job, item_id, stage_id, lease, attempt, kind, alias, model, tokens_in, tokens_out, tokens_cached, seconds, micro_usd, assumed, kept, outcome, request_id, ms, at)
     VALUES (@job, @itemId, @stageId, @lease, @attempt, @kind, @alias, @model, @tokensIn, @tokensOut, @tokensCached, @seconds, @microUsd, @assumed, @kept, @outcome, @requestId, @ms, @at)`,
  );
  return {
    /** With the answer that it brought, or that was found again. `day`: on which it counts. */
    add(call: LlmCall, reply: NotedReply | undefined, day: string): void {
      const stageId = call.stage === DISCOVERY ? 0 : pipelines.stage(call.job, call.stage).id;
      if (call.microUsd === null) money.noteUnpriced(call.job, stageId, day);
      add.run({ ...call, stageId, assumed: Number(call.assumed), kept: Number(call.kept) });
      if (reply?.body) replies.save({ key: reply.key, body: reply.body }, call.at);
      else if (reply) replies.touch(reply.key, call.at);
    },
  };
}
