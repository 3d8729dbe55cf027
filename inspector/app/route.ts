/** The address is the state: each view reads it, each link changes it, back and forward work. `#/events?path=job/x` */
import { signal } from '@preact/signals';

/** `rest`: what follows the name of the view. */
export type Route = { view: string; rest: string; query: URLSearchParams };

const read = (): Route => {
  const [way = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...rest] = way.split('/').map(decodeURIComponent);
  return { view: view || 'flow', rest: rest.join('/'), query: new URLSearchParams(search) };
};

export const route = signal<Route>(read());
addEventListener('hashchange', () => (route.value = read()));

export function to(view: string, rest = '', query: Record<string, string | number | undefined> = {}): string {
  const search = new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, String(value)]])));
  const path = rest && `/${rest.split('/').map(encodeURIComponent).join('/')}`;
  return `#/${view}${path}${search.size > 0 ? `?${search}` : ''}`;
}

export const go = (address: string): void => void (location.hash = address);

/** Without a step back: for what is still being typed. */
export function replace(address: string): void {
  history.replaceState(null, '', address);
  route.value = read();
}
