import { useComputed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { StatusView } from '../protocol.ts';
import { count, usd } from './format.ts';
import { readOnly, status } from './model.ts';
import { Palette, PaletteButton } from './palette/palette.tsx';
import { route, to } from './route.ts';
import { enter, isPast } from './time.ts';
import { Band } from './ui/band.tsx';
import { ConnectionChip } from './ui/connection-chip.tsx';
import { Keys } from './ui/keys.tsx';
import { Scrubber } from './ui/scrubber.tsx';
import { ThemeSwitch } from './ui/theme.tsx';
import { Toasts } from './ui/toasts.tsx';
import { VIEWS } from './views/index.ts';
import type { Problems } from './views/problems.ts';

export function App() {
  // `#/job/ID`, where notifications lead to, is a lane of the flow.
  const view = useComputed(() => VIEWS.find(({ name }) => name === route.value.view) ?? VIEWS[0]!);
  const { title, of: Current, name } = view.value;
  useEffect(() => {
    document.title = `${title} · Rivus`;
  }, [title]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById('main')?.focus())}>
        To the content
      </a>
      <nav class="rail" aria-label="Views">
        {VIEWS.map(({ name: one, title, icon, key, problems }) => (
          <a key={one} href={to(one)} aria-current={one === name ? 'page' : undefined} title={`${title} (g ${key})`}>
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d={icon} /></svg>
            <span>{title}</span>
            {problems && <Badge of={problems} />}
          </a>
        ))}
      </nav>
      <header class="top">
        <h1>{title}</h1>
        <PaletteButton />
        <Today />
        <ToPast />
        {readOnly.value && <span class="chip" title="Nothing can be changed here: `npx jobctl open` gives a link that controls">looks only</span>}
        <ConnectionChip />
        <ThemeSwitch />
      </header>
      <Band />
      <main id="main" tabIndex={-1} class={`view view-${name}`}>
        <Current />
      </main>
      <Scrubber />
      <Toasts />
      <Keys />
      <Palette />
    </>
  );
}

/** Problems only: everything else is no number that somebody must see. */
function Badge({ of }: { of(status: StatusView): Problems }) {
  const { n, what } = status.value ? of(status.value) : { n: 0, what: '' };
  return n > 0 ? <b class="badge" aria-label={`${n} ${what}`}>{count(n)}</b> : null;
}

function ToPast() {
  if (isPast.value) return null;
  return (
    <button class="to-past" onClick={enter} title="Look at any moment of the past ([)">
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 7v5l3 3M4 12a8 8 0 1 0 3-6M7 2v4h4" /></svg>Time
    </button>
  );
}

function Today() {
  const jobs = status.value?.jobs ?? [];
  const cost = jobs.reduce((sum, { costToday }) => sum + costToday, 0);
  const unpriced = jobs.reduce((sum, { unpricedToday }) => sum + unpricedToday, 0);
  if (isPast.value || (cost === 0 && unpriced === 0)) return null;
  return (
    <span class="today" title="What today has cost, as far as is known">
      {usd(cost)} today{unpriced > 0 && <b class="loud"> + {unpriced} unpriced</b>}
    </span>
  );
}
