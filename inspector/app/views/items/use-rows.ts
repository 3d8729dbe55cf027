import { useEffect, useRef, useState } from 'preact/hooks';
import type { ItemRow } from '../../../protocol.ts';
import { wire } from '../../model.ts';

/** Rows are asked for in parts that begin at multiples of this. */
const PART = 50;
const MOST = 200;

/** `list`: what was asked for; the same list may be found anew. */
type Rows = { list: string; from: number; rows: (ItemRow | null)[] };
export type RowAt = (index: number) => ItemRow | null | undefined;

/**
 * The rows in sight. One question is under way at a time, so that whoever drags the scroll bar over 100,000 items asks as often as is answered.
 * `version`: asked again when it changes. `onLost`: the runner does not keep what was found any more.
 */
export function useRows({ selection, list }: { selection: string | undefined; list: string }, { from, to }: { from: number; to: number }, version: number | string, onLost: () => void): RowAt {
  const [rows, setRows] = useState<Rows>();
  const wanted = useRef<{ list: string; selection: string; from: number; limit: number }>(undefined);
  const isAsking = useRef(false);
  const first = Math.floor(from / PART) * PART;
  const limit = Math.min(MOST, Math.max(PART, Math.ceil((to - first) / PART) * PART));

  const ask = async () => {
    if (isAsking.current) return;
    isAsking.current = true;
    for (let next = wanted.current; next; next = wanted.current === next ? undefined : wanted.current) {
      const { list, selection, from, limit } = next;
      await wire.ask({ type: 'rows', selection, from, limit }).then((view) => setRows({ list, ...view }), onLost);
    }
    isAsking.current = false;
  };
  useEffect(() => {
    if (selection === undefined) return;
    wanted.current = { list, selection, from: first, limit };
    void ask();
  }, [selection, first, limit, version]);
  return (index) => (rows?.list === list ? rows.rows[index - rows.from] : undefined);
}
