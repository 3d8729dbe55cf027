/** A list of any length of which only what is in sight is there: rows of one height, each at its place. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { inSight } from './sight.ts';
import './virtual-list.css';

/** Where each list was left, so that whoever comes back finds it as it was. */
const left = new Map<string, number>();
const MOST_LEFT = 50;

type Props = {
  count: number;
  rowHeight: number;
  label: string;
  /** Another one begins at the top again. */
  list: string;
  row(index: number): ComponentChildren;
  keyOf(index: number): string | number;
  onSight?(sight: { from: number; to: number; isAtTop: boolean }): void;
  /** The row that is meant: brought into sight when another one is, and not when it only moves. */
  meant?: { key: string; index: number };
};

export function VirtualList({ count, rowHeight, label, list, row, keyOf, onSight, meant }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 800 });
  const isBack = useRef(true);
  const measure = () => {
    // It may be told of a scroll when it is gone.
    if (frame.current) setScroll({ top: frame.current.scrollTop, height: frame.current.clientHeight });
  };
  const isThere = count > 0;
  useLayoutEffect(() => {
    if (!isThere) return;
    frame.current!.scrollTop = isBack.current ? (left.get(list) ?? 0) : 0;
    isBack.current = false;
    measure();
  }, [list, isThere]);
  const meantKey = meant !== undefined && meant.index >= 0 && isThere ? meant.key : undefined;
  useLayoutEffect(() => {
    if (meantKey === undefined) return;
    const { scrollTop, clientHeight } = frame.current!;
    const top = meant!.index * rowHeight;
    if (top >= scrollTop && top + rowHeight <= scrollTop + clientHeight) return;
    frame.current!.scrollTop = top - (clientHeight - rowHeight) / 2;
    measure();
  }, [meantKey]);
  const scrolled = () => {
    measure();
    left.delete(list);
    left.set(list, frame.current?.scrollTop ?? 0);
    if (left.size > MOST_LEFT) left.delete(left.keys().next().value!);
  };
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  const { from, to } = inSight(scroll.top, scroll.height, rowHeight, count);
  const isAtTop = scroll.top < rowHeight;
  useEffect(() => onSight?.({ from, to, isAtTop }), [from, to, isAtTop]);
  return (
    <div class="virtual-list" ref={frame} onScroll={scrolled} tabIndex={-1}>
      <ul style={{ height: `${count * rowHeight}px` }} aria-label={label}>
        {Array.from({ length: to - from }, (_, n) => from + n).map((index) => (
          <li key={keyOf(index)} style={{ height: `${rowHeight}px`, transform: `translateY(${index * rowHeight}px)` }} aria-posinset={index + 1} aria-setsize={count}>
            {row(index)}
          </li>
        ))}
      </ul>
    </div>
  );
}
