/**
 * The most that a call can use, before it is made.
 *
 * Tokens of the input are counted as its bytes of UTF-8: every tokenizer in use (byte-level BPE, SentencePiece with byte fallback) makes at
 * least one byte of each token, so this holds for every model, also for those that nobody has a tokenizer for. It is some four times
 * too much for English, and only held while the call runs; what it really used is known afterwards.
 */
import type { ChatRequest } from './endpoint.ts';
import type { Usage } from './prices.ts';

/** What chat templates put around a message, and around them all. */
const PER_MESSAGE = 16;
const AROUND = 64;
/** The fewest bytes that a second of speech takes in the formats that are transcribed (Opus at 8 kbit/s). */
const BYTES_PER_SECOND = 1_000;
const AUDIO_TOKENS_PER_SECOND = 50;
const WORD_TOKENS_PER_SECOND = 10;

export function mostOfChat({ messages, schema, maxOutputTokens }: ChatRequest): Usage {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + PER_MESSAGE, AROUND);
  return { input: bytes + (schema ? Buffer.byteLength(JSON.stringify(schema)) + AROUND : 0), output: maxOutputTokens };
}

/** @param seconds of the recording, if the caller knows it */
export function mostOfAudio(bytes: number, seconds = Math.ceil(bytes / BYTES_PER_SECOND)): Usage {
  return { input: seconds * AUDIO_TOKENS_PER_SECOND, audio: seconds * AUDIO_TOKENS_PER_SECOND, output: seconds * WORD_TOKENS_PER_SECOND, seconds };
}
