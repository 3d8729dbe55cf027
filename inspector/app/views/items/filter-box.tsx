/** Where a filter is typed: what may come next is offered, what is wrong is marked. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CompletionView, FilterProblem } from '../../../protocol.ts';
import { wire } from '../../model.ts';
import { isPast } from '../../time.ts';

/** So long after the last key a filter is taken as meant. */
const PAUSE_MS = 250;

type Props = { value: string; problems: readonly FilterProblem[]; onChange(text: string): void };

export function FilterBox({ value, problems, onChange }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  /** With the text and the place for which it was offered: an answer may be late. */
  const [offered, setOffered] = useState<CompletionView & { filter: string; cursor: number }>();
  const wantsFirst = useRef(false);
  const [chosen, setChosen] = useState(-1);
  const timer = useRef(0);
  const meant = useRef(value);
  // The address may change by a click, or by going back; what was typed here meanwhile is newer than what came of it.
  useEffect(() => {
    if (value !== meant.current) {
      clearTimeout(timer.current);
      setText(value);
    }
    meant.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const offer = (filter: string, cursor: number) =>
    void wire.ask({ type: 'completion', ...(isPast.peek() && { past: true }), filter, cursor }).then(
      (view) => {
        const { value, selectionStart } = input.current ?? {};
        if (value !== filter || selectionStart !== cursor || document.activeElement !== input.current) return;
        setOffered({ ...view, filter, cursor });
        setChosen(-1);
        if (wantsFirst.current && view.options.length > 0) take(0, { ...view, filter });
        wantsFirst.current = false;
      },
      () => setOffered(undefined),
    );
  const close = () => (setOffered(undefined), (wantsFirst.current = false));
  const mean = (next: string) => {
    clearTimeout(timer.current);
    meant.current = next.trim();
    onChange(meant.current);
  };
  const type = ({ currentTarget: { value: next, selectionStart } }: { currentTarget: HTMLInputElement }) => {
    setText(next);
    offer(next, selectionStart ?? next.length);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => mean(next), PAUSE_MS);
  };
  const take = (index: number, of: CompletionView & { filter: string } = offered!) => {
    const option = of.options[index]!;
    const next = `${of.filter.slice(0, of.from)}${option.text}${of.filter.slice(of.to)}`;
    const cursor = of.from + option.text.length;
    setText(next);
    input.current!.value = next;
    input.current!.setSelectionRange(cursor, cursor);
    input.current!.focus();
    // A key alone says nothing yet.
    if (option.text.endsWith(' ')) mean(next);
    offer(next, cursor);
  };
  const options = offered?.options ?? [];
  const isLate = offered?.filter !== text;
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && options.length > 0) setChosen((chosen + step + options.length + (chosen < 0 && step < 0 ? 1 : 0)) % options.length);
    else if (event.key === 'Enter' && chosen >= 0 && !isLate) take(chosen);
    else if (event.key === 'Tab' && options.length > 0 && !event.shiftKey && text !== '') (isLate ? (wantsFirst.current = true) : take(Math.max(0, chosen)));
    else if (event.key === 'Enter') (mean(text), close());
    else if (event.key === 'Escape' && options.length > 0) close();
    else return;
    event.preventDefault();
  };
  return (
    <div class="filter-box">
      <input
        ref={input} data-filter type="text" value={text} placeholder="job:papers state:failed age>2h words of the title" aria-label="Filter of items" spellcheck={false} autocomplete="off"
        role="combobox" aria-expanded={options.length > 0} aria-controls="filter-options" aria-autocomplete="list" aria-invalid={problems.length > 0} aria-describedby="filter-problems"
        {...(chosen >= 0 && { 'aria-activedescendant': `filter-option-${chosen}` })}
        onInput={type} onKeyDown={press} onFocus={() => offer(text, input.current!.selectionStart ?? 0)} onBlur={close} onClick={() => offer(text, input.current!.selectionStart ?? 0)}
      />
      <ul id="filter-options" role="listbox" aria-label="What may come next" hidden={options.length === 0}>
        {options.map(({ text, about }, n) => (
          <li key={text} id={`filter-option-${n}`} role="option" aria-selected={n === chosen} onMouseDown={(event) => (event.preventDefault(), isLate || take(n))}>
            <code>{text}</code> <span class="dim" dir="auto">{about}</span>
          </li>
        ))}
      </ul>
      <div id="filter-problems" role="status">{problems.map((problem) => <Problem key={`${problem.at} ${problem.message}`} text={value} problem={problem} />)}</div>
    </div>
  );
}

function Problem({ text, problem: { at, length, message } }: { text: string; problem: FilterProblem }) {
  return (
    <p class="problem">
      <code>{text.slice(Math.max(0, at - 30), at)}<mark>{text.slice(at, at + length) || '␣'}</mark>{text.slice(at + length, at + length + 20)}</code> {message}
    </p>
  );
}
