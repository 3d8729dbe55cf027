/** What lies between `ctx.llm` and the models: questions and answers that pass from a thread to the runner and back. */
import type { TranscribeOptions, AudioFile, LlmOptions } from '../../actors/llm.ts';

export type Message = { role: 'system' | 'user' | 'assistant'; content: string };
export type JsonSchema = Record<string, unknown>;

export type Question = LlmOptions & {
  kind: 'text' | 'object';
  messages: readonly Message[];
  /** What the answer must fit; its top is an object. */
  schema?: JsonSchema;
  maxOutputTokens?: number;
  temperature?: number;
};
export type Recording = TranscribeOptions & { file: AudioFile };
/** `key`: under which the answer is kept. */
export type Reply = { text: string; key: string; seconds?: number };

/** Asks for one attempt. What it costs is counted to that. */
export interface Asker {
  /** Whether the model can be asked, as far as the configuration can say. */
  has(model?: string): boolean;
  ask(question: Question): Promise<Reply>;
  hear(recording: Recording): Promise<Reply>;
  /** These answers were of no use: they are not kept. */
  forget(keys: readonly string[]): void | Promise<void>;
}
