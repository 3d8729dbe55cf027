/** Answers that were paid for, kept by what was asked. */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { LlmReply } from '../store/types.ts';

const [pack, unpack] = [promisify(zstdCompress), promisify(zstdDecompress)];
const LARGEST = 50 * 2 ** 20;

export type KeptReply = { key: string; text: string; seconds?: number };

export async function packed({ key, ...reply }: KeptReply): Promise<LlmReply> {
  return { key, body: await pack(JSON.stringify(reply)) };
}

/** Undefined for what cannot be read any more. */
export async function unpacked({ key, body }: LlmReply): Promise<KeptReply | undefined> {
  try {
    return { key, ...(JSON.parse((await unpack(body, { maxOutputLength: LARGEST })).toString()) as Omit<KeptReply, 'key'>) };
  } catch {
    return undefined;
  }
}
