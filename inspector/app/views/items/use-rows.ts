import { useEffect, useRef, useState } from 'preact/hooks';
import type { ItemRow } from '../../../protocol.ts';
import { wire } from '../../model.ts';

/** Rows are asked for in parts that begin at multiples of this. */
const PART = 50;
const MOST = 200;

type Rows = { selection: string; from: number; rows: (ItemRow | null)[] };
export type RowAt = (index: number) => ItemRow | null | undefined;

/**
 * The rows in sight. One question is under way at a time, so that whoever drags the scroll bar over 100,000 items asks as often as is answered.
 * `version`: asked again when it changes. `onLost`: the runner does not keep what was found any more.
 */
export function useRows(selection: string | undefined, { from, to }: { from: number; to: number }, version: number | string, onLost: () => void): RowAt {
  const [rows, setRows] = useState<Rows>();
  const wanted = useRef<{ selection: string; from: number; limit: number }>(undefined);
  const isAsking = useRef(false);
  const first = Math.floor(from / PART) * PART;
  const limit = Math.min(MOST, Math.max(PART, Math.ceil((to - first) / PART) * PART));

  const ask = async () => {
    if (isAsking.current) return;
    isAsking.current = true;
    for (let next = wanted.current; next; next = wanted.current === next ? undefined : wanted.current) {
      const { selection, from, limit } = next;
      await wire.ask({ type: 'rows', selection, from, limit }).then((view) => setRows({ selection, ...view }), onLost);
    }
    isAsking.current = false;
  };
  useEffect(() => {
    if (selection === undefined) return;
    wanted.current = { selection, from: first, limit };
    void ask();
  }, [selection, first, limit, version]);
  return (index) => (rows ? rows.rows[index - rows.from] : undefined);
}
