/** Everything by its name: Ctrl-K or Cmd-K, a few letters, Enter. */
import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fit, type Fit } from '../fuzzy.ts';
import { now, readOnly, say, status } from '../model.ts';
import { isPast } from '../time.ts';
import { useAnswer } from '../use-answer.ts';
import { PayloadForm } from '../ui/payload-form.tsx';
import { commandsOf, itemEntry, placesOf, sendsOf, timeEntry, type Entry, type Form } from './entries.ts';
import './palette.css';

const MOST_SHOWN = 40;
/** Items are asked for when so many letters are there, and no further one has come for so long. */
const LEAST_LETTERS = 2;
const PAUSE_MS = 150;

const isOpen = signal(false);
const close = () => void (isOpen.value = false);

export function Palette() {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      isOpen.value = !isOpen.value;
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  return isOpen.value ? <Opened /> : null;
}

export function PaletteButton() {
  return <button class="palette-button" onClick={() => (isOpen.value = true)} title="Find anything, do anything (Ctrl K)"><span class="words">Find or do</span> <kbd>Ctrl K</kbd></button>;
}

function Opened() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [asked, setAsked] = useState<Entry | undefined>(undefined);
  useEffect(() => dialog.current?.showModal(), []);
  const choose = (entry: Entry) => {
    if (entry.ask || entry.form) return setAsked(entry);
    close();
    void run(entry, '');
  };
  return (
    <dialog ref={dialog} class="palette" aria-label="Find or do" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      {!asked ? <Search choose={choose} /> : asked.form ? <Filled entry={asked} form={asked.form} /> : <Question entry={asked} />}
    </dialog>
  );
}

async function run(entry: Entry, said: string): Promise<void> {
  try {
    await entry.run(said);
  } catch (error) {
    say((error as Error).message, { failed: true });
  }
}

type Match = { entry: Entry; at: readonly number[] };

function Search({ choose }: { choose(entry: Entry): void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const matches = useMatches(text);
  const chosen = Math.min(at, matches.length - 1);
  const move = (to: number) => setAt((to + matches.length) % Math.max(1, matches.length));
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(chosen + 1), ArrowUp: () => move(chosen - 1), PageDown: () => move(Math.min(matches.length - 1, chosen + 8)), PageUp: () => move(Math.max(0, chosen - 8)),
      Enter: () => matches[chosen] && choose(matches[chosen].entry),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  return (
    <>
      <input class="palette-text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-activedescendant={matches[chosen] ? `palette-${chosen}` : undefined} aria-label="Find or do"
        placeholder="a view, a job, an item, a command, or a time such as 12:04" autofocus spellcheck={false} autocomplete="off" value={text} onInput={(event) => (setText(event.currentTarget.value), setAt(0))} onKeyDown={press} />
      <ul id="palette-list" role="listbox" aria-label="What fits">
        {matches.map((match, n) => <Option key={match.entry.id} match={match} id={`palette-${n}`} isChosen={n === chosen} onChoose={() => choose(match.entry)} />)}
      </ul>
      {matches.length === 0 && <p class="dim" role="status">Nothing is called so.</p>}
      <p class="palette-line dim">{matches[chosen]?.entry.line !== undefined ? <code>{matches[chosen].entry.line}</code> : <span>↑ ↓ choose · Enter takes it · Esc closes</span>}</p>
    </>
  );
}

function Option({ match: { entry, at }, id, isChosen, onChoose }: { match: Match; id: string; isChosen: boolean; onChoose(): void }) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isChosen]);
  return (
    <li ref={row} id={id} role="option" aria-selected={isChosen} onClick={onChoose}>
      <span class="palette-title" dir="auto">{lettered(entry.title, at)}</span>
      <span class="dim">{entry.about}</span>
    </li>
  );
}

/** The letters that were typed stand out. */
function lettered(text: string, at: readonly number[]) {
  const parts = at.map((place, n) => <>{text.slice(n === 0 ? 0 : at[n - 1]! + 1, place)}<b>{text[place]}</b></>);
  return <>{parts}{text.slice((at.at(-1) ?? -1) + 1)}</>;
}

/** What an event has to hold. What the runner says against it stands in the form. */
function Filled({ entry: { title, line = '' }, form: { event, fields, said, submit } }: { entry: Entry; form: Form }) {
  return (
    <div class="palette-form">
      <h2>{title}</h2>
      <PayloadForm event={event} fields={fields} line={line} said={said} onSend={submit} onDone={close} />
    </div>
  );
}

/** What has to be said before it is done. */
function Question({ entry }: { entry: Entry }) {
  const { label, preset } = entry.ask!;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const said = String(new FormData(event.currentTarget as HTMLFormElement).get('said')).trim() || preset;
    close();
    void run(entry, said);
  };
  return (
    <form onSubmit={submit}>
      <label class="palette-label" for="palette-said">{label}</label>
      <input ref={input} id="palette-said" class="palette-text" name="said" placeholder={preset} autocomplete="off" />
      <p class="palette-line dim"><code>{entry.line}</code></p>
    </form>
  );
}

function useMatches(text: string): Match[] {
  const { view: tree } = useAnswer({ type: 'actors' });
  // What may be sent is asked once: the runner decides again when it comes.
  const { view: offers } = useAnswer(isPast.value || readOnly.value ? undefined : { type: 'offers' });
  const items = useItems(text.trim());
  const known = useMemo(() => [...commandsOf(status.value), ...placesOf(status.value, tree?.actors ?? []), ...(offers && !isPast.value ? sendsOf(offers) : [])], [status.value, tree, offers, isPast.value, readOnly.value]);
  return useMemo(() => {
    const time = timeEntry(text, now.peek()).map((entry) => ({ entry, at: [] as number[] }));
    const fits = known.flatMap((entry) => fitting(entry, text)).sort((a, b) => b.score - a.score);
    const found = items.map((entry) => ({ entry, at: fit(text, entry.title)?.at ?? [] }));
    const [best, rest] = [fits.slice(0, 5), fits.slice(5)];
    return [...time, ...best, ...found, ...rest].slice(0, MOST_SHOWN);
  }, [known, items, text]);
}

const fitting = (entry: Entry, text: string): (Match & Fit)[] => {
  const found = fit(text, entry.title);
  return found ? [{ entry, ...found }] : [];
};

function useItems(text: string): Entry[] {
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { view } = useAnswer(asked.length >= LEAST_LETTERS ? { type: 'itemsNamed', text: asked.slice(0, 200) } : undefined);
  return useMemo(() => (asked.length >= LEAST_LETTERS && text.includes(asked.slice(0, LEAST_LETTERS)) ? (view?.items ?? []).map(itemEntry) : []), [view, asked]);
}
