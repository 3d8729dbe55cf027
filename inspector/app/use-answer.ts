import { useEffect, useState } from 'preact/hooks';
import type { Query, Views } from '../protocol.ts';
import { boots, isShown, link, wire } from './model.ts';
import type { Asked } from './wire.ts';

export type Answered<View> = { view?: View; error?: string };

/**
 * The answer to a query, asked again when the query changes, when `version` does, and when another runner is met, but never while nobody sees the page. What was answered before stays
 * until the next answer to the same kind of question comes.
 */
export function useAnswer<Type extends Query['type']>(query: Asked<Type> | undefined, version: number | string = 0): Answered<Views[Type]> {
  const [answered, setAnswered] = useState<Answered<Views[Type]>>({});
  const text = JSON.stringify(query);
  const open = link.value.state === 'live' || link.value.state === 'behind';
  useEffect(() => {
    if (text === undefined || !open || !isShown.value) return;
    let isOver = false;
    wire.ask(JSON.parse(text) as Asked<Type>).then(
      (view) => void (isOver || setAnswered({ view })),
      (error: Error) => void (isOver || setAnswered({ error: error.message })),
    );
    return () => void (isOver = true);
  }, [text, version, boots.value, open, isShown.value]);
  return answered;
}
