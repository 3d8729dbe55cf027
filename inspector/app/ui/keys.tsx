/** The keyboard: `g` and a letter goes to a view, `?` lists all keys. Keys never change anything in the runner. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { go, to } from '../route.ts';
import { pressInTime } from '../time.ts';
import { VIEWS } from '../views/index.ts';
import { switchTheme } from './theme.tsx';

const isShown = signal(false);
let going = false;

function press(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const view = going ? VIEWS.find(({ key }) => key === event.key) : undefined;
  going = event.key === 'g';
  if (view) go(to(view.name));
  else if (pressInTime(event)) event.preventDefault();
  else if (event.key === '?') isShown.value = !isShown.value;
  else if (event.key === 't') switchTheme();
  else if (event.key === 'f') document.querySelector<HTMLElement>('[data-fit-chart]')?.click();
  else if (event.key === '/') focusFilter(event);
  else if (event.key === 'x') document.activeElement?.closest('li')?.querySelector<HTMLElement>('[data-select]')?.click();
  else if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1);
}

const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.matches('input:not([type=checkbox]), select, textarea') || target.isContentEditable);

function focusFilter(event: KeyboardEvent): void {
  const filter = document.querySelector<HTMLElement>('[data-filter]');
  if (filter) event.preventDefault();
  filter?.focus();
}

/** To the next row of the list in view. */
function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}

export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  useEffect(() => {
    if (isShown.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isShown.value]);
  return (
    <dialog ref={dialog} class="keys" aria-label="Keys" onClose={() => (isShown.value = false)}>
      <h2>Keys</h2>
      <dl>
        {VIEWS.map(({ key, title }) => [<dt><kbd>g</kbd> <kbd>{key}</kbd></dt>, <dd>{title}</dd>])}
        <dt><kbd>Ctrl</kbd> <kbd>k</kbd></dt><dd>find or do anything</dd>
        <dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous row</dd>
        <dt><kbd>Enter</kbd></dt><dd>open it</dd>
        <dt><kbd>x</kbd></dt><dd>choose it</dd>
        <dt><kbd>/</kbd></dt><dd>filter</dd>
        <dt><kbd>f</kbd></dt><dd>the whole chart</dd>
        <dt><kbd>[</kbd> <kbd>]</kbd></dt><dd>back in time by an event, and on again</dd>
        <dt><kbd>Space</kbd></dt><dd>play from that moment</dd>
        <dt><kbd>L</kbd></dt><dd>back to live</dd>
        <dt><kbd>t</kbd></dt><dd>light or dark</dd>
        <dt><kbd>?</kbd> <kbd>Esc</kbd></dt><dd>this list</dd>
      </dl>
      <form method="dialog"><button>Close</button></form>
    </dialog>
  );
}
