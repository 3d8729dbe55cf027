/** One line of a diagnosis. */
import type { Finding } from '../../../inspector/protocol.ts';

export type { Finding };

export const ok = (check: string, says: string): Finding => ({ mark: 'ok', check, says });
export const odd = (check: string, says: string, todo?: string): Finding => ({ mark: 'odd', check, says, ...(todo !== undefined && { todo }) });
export const bad = (check: string, says: string, todo?: string): Finding => ({ mark: 'bad', check, says, ...(todo !== undefined && { todo }) });

/** `12 KB`, `3.4 GB`. */
export function size(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024)));
  const n = bytes / 1024 ** power;
  return `${n < 10 && power > 0 ? n.toFixed(1) : Math.round(n)} ${['B', 'KB', 'MB', 'GB', 'TB'][power]}`;
}
