/** All views, in the order in which they are offered. The first one is there at once, the others are loaded when they are first shown. `key`: after `g`; `icon`: a path in a square of 24. */
import type { ComponentType } from 'preact';
import type { StatusView } from '../../protocol.ts';
import { lazy } from '../ui/lazy.tsx';
import { FlowView } from './flow.tsx';
import { failedTasks, openBreakers, refusedFile, systemTroubles, thoseInNeed, unpricedCalls, type Problems } from './problems.ts';

type View = { name: string; title: string; key: string; icon: string; of: ComponentType; problems?(status: StatusView): Problems };

export const VIEWS: readonly View[] = [
  { name: 'flow', title: 'Flow', key: 'f', icon: 'M3 12h4m10 0h4M7 8h10v8H7z', of: FlowView, problems: thoseInNeed },
  { name: 'actors', title: 'Actors', key: 'a', icon: 'M12 4v5m0 0H6v5m6-5h6v5M3 14h6v6H3zm12 0h6v6h-6zM9 2h6v4H9z', of: lazy(() => import('./actors.tsx').then((view) => view.ActorsView)) },
  { name: 'items', title: 'Items', key: 'i', icon: 'M4 6h16M4 12h16M4 18h10', of: lazy(() => import('./items.tsx').then((view) => view.ItemsView)) },
  { name: 'events', title: 'Events', key: 'e', icon: 'M4 12h4l2-7 4 14 2-7h4', of: lazy(() => import('./events.tsx').then((view) => view.EventsView)) },
  { name: 'errors', title: 'Errors', key: 'x', icon: 'M12 3 2.5 20h19zM12 10v4m0 3v.01', of: lazy(() => import('./errors.tsx').then((view) => view.ErrorsView)), problems: failedTasks },
  { name: 'breakers', title: 'Breakers', key: 'b', icon: 'M13 3 5 14h6l-1 7 8-11h-6z', of: lazy(() => import('./breakers.tsx').then((view) => view.BreakersView)), problems: openBreakers },
  { name: 'cost', title: 'Cost', key: 'c', icon: 'M12 3v18M16.5 7.5C16 6 14 5.5 12 5.5c-2.5 0-4.5 1-4.5 3.2 0 4.6 9 2 9 6.6 0 2.2-2 3.2-4.5 3.2-2 0-4-.5-4.5-2', of: lazy(() => import('./cost.tsx').then((view) => view.CostView)), problems: unpricedCalls },
  { name: 'config', title: 'Config', key: 'k', icon: 'M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7', of: lazy(() => import('./config.tsx').then((view) => view.ConfigView)), problems: refusedFile },
  { name: 'system', title: 'System', key: 's', icon: 'M4 4h16v7H4zM4 13h16v7H4zM8 7.5v.01M8 16.5v.01', of: lazy(() => import('./system.tsx').then((view) => view.SystemView)), problems: systemTroubles },
];
