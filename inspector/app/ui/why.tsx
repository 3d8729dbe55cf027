/** Why something does not move: the reason, since when, whether it ends by itself, and what helps. */
import { useState } from 'preact/hooks';
import type { Explanation } from '../../protocol.ts';
import { ago, countdown } from '../format.ts';
import { beat, now } from '../model.ts';
import { useAnswer } from '../use-answer.ts';

type About = { job?: string; stage?: string; item?: number };

export function WhyButton({ about, label }: { about: About; label: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} title={`Why ${label} stands as it does`}>Why?</button>
      {isOpen && <Why about={about} />}
    </>
  );
}

export function Why({ about }: { about: About }) {
  const { view, error } = useAnswer({ type: 'why', ...about }, beat.value);
  if (error !== undefined) return <p class="why-box bad">{error}</p>;
  if (!view) return <p class="why-box dim">Asking.</p>;
  return <ul class="why-box">{view.explanations.map((one, n) => <One key={n} one={one} />)}</ul>;
}

function One({ one: { what, reason, since, clearsItself, until, advice, todo, because } }: { one: Explanation }) {
  const end = until !== undefined ? `ends by itself in ${countdown(until - now.value)}` : clearsItself ? 'ends by itself' : undefined;
  return (
    <li>
      <strong>{what}</strong> <span dir="auto">{reason}</span>
      <span class="dim">{[since !== undefined && `since ${ago(since, now.value)}`, end].filter(Boolean).map((text) => ` · ${text}`)}</span>
      {advice !== undefined && <p>{advice}</p>}
      {todo.length > 0 && <p class="todo">{todo.map((line) => <code key={line} class="copy">{line}</code>)}</p>}
      {because && <ul>{because.map((inner, n) => <One key={n} one={inner} />)}</ul>}
    </li>
  );
}
