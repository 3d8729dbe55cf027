/** `ctx.llm`, over whatever asks the models: the same in the runner, in a thread and in a test. */
import type { z } from 'zod';
import type { Asker, Message, Question, Reply } from './asker.ts';
import { BadQuestion, UnusableAnswer } from './errors.ts';
import type { Llm, LlmRequest } from '../../actors/llm.ts';
import { wantedOf } from './wanted.ts';

/** @param onUse hears of each model that is asked, before it is */
export function llmOver(asker: Asker, onUse: (model: string | undefined) => void): Llm {
  const ask = (question: Question): Promise<Reply> => {
    onUse(question.model);
    return asker.ask(question);
  };
  return {
    get configured() {
      return asker.has();
    },
    text: async (request) => (await ask(questionOf('text', request))).text,
    object: (request) => askForObject(ask, asker, request),
    async transcribe(file, options = {}) {
      onUse(options.model ?? 'transcribe');
      const { text, seconds } = await asker.hear({ ...options, file });
      return { text, ...(seconds !== undefined && { seconds }) };
    },
  };
}

/** One answer that does not fit may be mended by the model itself; a second one is the item's or the prompt's fault. */
async function askForObject<Schema extends z.ZodType>(ask: (question: Question) => Promise<Reply>, asker: Asker, { schema, ...request }: LlmRequest & { schema: Schema }): Promise<z.output<Schema>> {
  const wanted = wantedOf(schema);
  const question = { ...questionOf('object', request), schema: wanted.schema };
  const first = await ask(question);
  const read = await wanted.read(first.text);
  if ('value' in read) return read.value as z.output<Schema>;
  const second = await ask({ ...question, messages: [...question.messages, { role: 'assistant', content: first.text }, { role: 'user', content: sentBack(read) }] });
  const again = await wanted.read(second.text);
  if ('value' in again) return again.value as z.output<Schema>;
  await asker.forget([first.key, second.key]);
  throw new UnusableAnswer(`the model's answer is not what was asked for, also after it was sent back: ${again.problem}`, again.code);
}

const sentBack = ({ problem }: { problem: string }) => `That is not what was asked for: ${problem}\nAnswer once more, with the corrected JSON and nothing else.`;

/** The prompt comes first and is the same for all items, so that providers can keep what they have read of it. */
function questionOf(kind: 'text' | 'object', { prompt, input, ...options }: LlmRequest): Question {
  if (typeof prompt !== 'string' || prompt.trim() === '') throw new BadQuestion(`ctx.llm.${kind}: the prompt must be a text that is not empty`);
  const messages: Message[] = input === undefined ? [{ role: 'user', content: prompt }] : [{ role: 'system', content: prompt }, { role: 'user', content: textOf(input) }];
  return { kind, messages, ...options };
}

function textOf(input: unknown): string {
  const text = typeof input === 'string' ? input : JSON.stringify(input, null, 2);
  if (text === undefined) throw new BadQuestion(`ctx.llm: the input must be text or JSON, not a ${typeof input}`);
  return text;
}

