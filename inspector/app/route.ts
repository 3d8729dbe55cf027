/** The address is the state: each view reads it, each link changes it, back and forward work. `#/events?path=job/x` */
import { signal } from '@preact/signals';

/** `rest`: what follows the name of the view. */
export type Route = { view: string; rest: string; query: URLSearchParams };

const read = (): Route => {
  const [way = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...rest] = way.split('/').map(decodeURIComponent);
  return { view: view || 'flow', rest: rest.join('/'), query: new URLSearchParams(search) };
};

const momentIn = ({ query }: Route): number | undefined => {
  const seq = Number(query.get('at'));
  return Number.isSafeInteger(seq) && seq > 0 ? seq : undefined;
};

export const route = signal<Route>(read());
/** The entry of the journal after which everything is shown as it stood; undefined: as it is now. Every link keeps it. */
export const moment = signal<number | undefined>(momentIn(route.peek()));

/** While a moment is dragged the address follows a little later: browsers refuse more than a few changes of it a second. */
const FOLLOW_MS = 300;
let following: ReturnType<typeof setTimeout> | undefined;

addEventListener('hashchange', () => {
  clearTimeout(following);
  following = undefined;
  route.value = read();
  moment.value = momentIn(route.value);
});

type Asked = Record<string, string | number | undefined>;

export function to(view: string, rest = '', query: Asked = {}): string {
  const asked: Asked = { ...query, at: 'at' in query ? query['at'] : moment.value };
  const search = new URLSearchParams(Object.entries(asked).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, String(value)]])));
  const path = rest && `/${rest.split('/').map(encodeURIComponent).join('/')}`;
  return `#/${view}${path}${search.size > 0 ? `?${search}` : ''}`;
}

export const go = (address: string): void => void (location.hash = address);

/** Without a step back: for what is still being typed. */
export function replace(address: string): void {
  history.replaceState(null, '', address);
  route.value = read();
}

/** This view with something else in its address. */
export function here(change: Asked): string {
  const { view, rest, query } = route.value;
  return to(view, rest, { ...Object.fromEntries(query), at: moment.value, ...change });
}

/** To another moment, without a place of its own in the history of the browser. */
export function moveTo(seq: number): void {
  moment.value = seq;
  clearTimeout(following);
  following = setTimeout(() => {
    following = undefined;
    replace(here({ at: seq }));
  }, FOLLOW_MS);
}
