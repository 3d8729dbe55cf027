import { useComputed } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { status } from './model.ts';
import { route, to } from './route.ts';
import { ConnectionChip } from './ui/connection-chip.tsx';
import { Keys } from './ui/keys.tsx';
import { ThemeSwitch } from './ui/theme.tsx';
import { Toasts } from './ui/toasts.tsx';
import { usd } from './format.ts';
import { ActorsView } from './views/actors.tsx';
import { EventsView } from './views/events.tsx';
import { FlowView } from './views/flow.tsx';
import { ItemsView } from './views/items.tsx';
import { needs } from './views/needs.ts';

type View = { name: string; title: string; key: string; icon: string; of: ComponentType };

export const VIEWS: readonly View[] = [
  { name: 'flow', title: 'Flow', key: 'f', icon: 'M3 12h4m10 0h4M7 8h10v8H7z', of: FlowView },
  { name: 'actors', title: 'Actors', key: 'a', icon: 'M12 4v5m0 0H6v5m6-5h6v5M3 14h6v6H3zm12 0h6v6h-6zM9 2h6v4H9z', of: ActorsView },
  { name: 'items', title: 'Items', key: 'i', icon: 'M4 6h16M4 12h16M4 18h10', of: ItemsView },
  { name: 'events', title: 'Events', key: 'e', icon: 'M4 12h4l2-7 4 14 2-7h4', of: EventsView },
];

export function App() {
  // A job has no view of its own: notifications lead to its lane.
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
        {VIEWS.map(({ name: one, title, icon, key }) => (
          <a key={one} href={to(one)} aria-current={one === name ? 'page' : undefined} title={`${title} (g ${key})`}>
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d={icon} /></svg>
            <span>{title}</span>
            {one === 'flow' && <Badge />}
          </a>
        ))}
      </nav>
      <header class="top">
        <h1>{title}</h1>
        <Today />
        <ConnectionChip />
        <ThemeSwitch />
      </header>
      <main id="main" tabIndex={-1} class={`view view-${name}`}>
        <Current />
      </main>
      <Toasts />
      <Keys />
    </>
  );
}

/** Problems only: everything else is no number that somebody must see. */
function Badge() {
  const { length } = needs(status.value);
  return length > 0 ? <b class="badge" aria-label={`${length} need you`}>{length}</b> : null;
}

function Today() {
  const jobs = status.value?.jobs ?? [];
  const cost = jobs.reduce((sum, { costToday }) => sum + costToday, 0);
  const unpriced = jobs.reduce((sum, { unpricedToday }) => sum + unpricedToday, 0);
  if (cost === 0 && unpriced === 0) return null;
  return (
    <span class="today" title="What today has cost, as far as is known">
      {usd(cost)} today{unpriced > 0 && <b class="loud"> + {unpriced} unpriced</b>}
    </span>
  );
}
