/** What the jobs have found: a filter, how what matches is spread, and all of it in one list. */
import { useEffect, useState } from 'preact/hooks';
import type { ItemOrder, Selection } from '../../../protocol.ts';
import { plain } from '../../format.ts';
import { beat } from '../../model.ts';
import { go, replace, route, to } from '../../route.ts';
import { VirtualList } from '../../ui/virtual-list.tsx';
import { isPast, locked, shownSeq } from '../../time.ts';
import { useAnswer } from '../../use-answer.ts';
import { BulkDialog, type BulkFrom } from './bulk-dialog.tsx';
import { Earlier } from './earlier.tsx';
import { FacetList } from './facets.tsx';
import { FilterBox } from './filter-box.tsx';
import { Row, useRowHeight } from './row.tsx';
import { filterIn, valueOf } from './terms.ts';
import { useRows } from './use-rows.ts';

const ORDERS: Record<ItemOrder, string> = { newest: 'newest first', oldest: 'oldest first', priority: 'what goes first', cost: 'dearest first' };

/** What priority an item had is not kept. */
const ORDERS_THEN: readonly ItemOrder[] = ['newest', 'oldest', 'cost'];

/** Until all was looked through, the count is asked for again after so long. */
const SOON_MS = 200;

/** So many items are named one by one at most. */
const MOST_CHOSEN = 1_000;

export function List() {
  const { query } = route.value;
  const filter = filterIn(query);
  const seq = shownSeq.value;
  const orders = isPast.value ? ORDERS_THEN : (Object.keys(ORDERS) as ItemOrder[]);
  const order = orders.find((one) => one === query.get('order')) ?? 'newest';
  // The past does not change.
  const version = isPast.value ? `${seq}` : beat.value;
  const [again, setAgain] = useState(0);
  const { view, error } = useAnswer({ type: 'search', filter, order, ...(seq !== undefined && { seq }) }, `${version} ${again}`);
  const [sight, setSight] = useState({ from: 0, to: 0, isAtTop: true });
  const [shown, setShown] = useState<Selection>();
  const latest = view?.selection;
  // Whoever has scrolled on keeps the list under their eyes; the newest is a click away.
  const isAnother = latest && shown && (latest.filter !== shown.filter || latest.order !== shown.order);
  const selection = latest && (!shown || isAnother || isPast.value || sight.isAtTop || latest.id === shown.id) ? latest : shown;
  useEffect(() => setShown(selection), [selection]);
  const isUnderWay = latest?.isComplete === false;
  useEffect(() => {
    if (!isUnderWay) return;
    // After each answer, and not before it: one that takes long would never be heard.
    const timer = setTimeout(() => setAgain((times) => times + 1), SOON_MS);
    return () => clearTimeout(timer);
  }, [view]);
  const rowAt = useRows({ selection: selection?.id, list: selection ? `${selection.filter} ${selection.order} ${seq ?? ''}` : '' }, sight, version, () => (setShown(undefined), setAgain(again + 1)));
  const rowHeight = useRowHeight();
  const address = (filter: string, by: ItemOrder = order) => to('items', '', { filter, order: by === 'newest' ? undefined : by });
  const count = selection?.count ?? 0;
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [bulk, setBulk] = useState<BulkFrom>();
  const choose = (id: number) => setChosen(chosen.has(id) ? new Set([...chosen].filter((one) => one !== id)) : chosen.size < MOST_CHOSEN ? new Set([...chosen, id]) : chosen);
  return (
    <div class="items">
      <div class="items-top">
        <FilterBox value={filter} problems={view?.problems ?? []} onChange={(text) => replace(address(text))} />
        <label>
          Order{' '}
          <select value={order} onChange={(event) => go(address(filter, event.currentTarget.value as ItemOrder))}>
            {orders.map((one) => <option key={one} value={one}>{ORDERS[one]}</option>)}
          </select>
        </label>
      </div>
      {error !== undefined && <p class="bad">{error}</p>}
      <Earlier />
      <div class="items-body">
        <FacetList facets={selection?.facets} filter={filter} to={address} />
        <section class="found" aria-label="Items">
          <p class="found-line" role="status">
            {selection ? <Found selection={selection} /> : view ? null : 'Looking.'}
            {selection && !isPast.value && count > 0 && chosen.size === 0 && <button disabled={locked.value !== undefined || !selection.isComplete || selection.filter !== filter} title={locked.value ?? (selection.isComplete && selection.filter === filter ? 'Retry, reset, reprocess or put all of them in another order' : 'It is still being looked')} onClick={() => setBulk({ selection: selection.id })}>Act on all {plain(count)}…</button>}
            {!isPast.value && chosen.size > 0 && <><strong>{plain(chosen.size)} chosen</strong><button class="primary" disabled={locked.value !== undefined} title={locked.value} onClick={() => setBulk({ items: [...chosen] })}>Act on them…</button><button onClick={() => setChosen(new Set())}>Choose none</button></>}
            {latest && selection && latest.id !== selection.id && latest.count !== selection.count && (
              <button class="link" onClick={() => (setShown(latest), document.querySelector('.virtual-list')?.scrollTo(0, 0))}>now {plain(latest.count)}: show</button>
            )}
          </p>
          {selection?.isComplete && count === 0 && <Nothing filter={filter} />}
          <VirtualList
            count={count} rowHeight={rowHeight} label="Items" list={`${filter} ${order}`} onSight={setSight}
            keyOf={(index) => rowAt(index)?.id ?? `at ${index}`} row={(index) => <Row row={rowAt(index)} index={index} isChosen={chosen.has(rowAt(index)?.id ?? 0)} {...(!isPast.value && { onChoose: ({ id }: { id: number }) => choose(id) })} />}
          />
        </section>
      </div>
      {bulk && <BulkDialog from={bulk} stage={valueOf(filter, 'stage')} close={(isBegun) => (setBulk(undefined), setAgain(again + 1), isBegun && setChosen(new Set()))} />}
    </div>
  );
}

function Found({ selection: { count, isComplete, hasMore } }: { selection: Selection }) {
  const items = `${plain(count)} ${count === 1 ? 'item' : 'items'}`;
  if (!isComplete) return <>{items} so far</>;
  return <>{hasMore ? `more than ${items}: the first of them are here` : items}</>;
}

function Nothing({ filter }: { filter: string }) {
  if (filter === '' && isPast.value) return <p class="empty">Nothing had been found by then.</p>;
  if (filter === '') return <p class="empty">Nothing was found yet. <code>npx jobctl add JOB KEY '{'{"url": "…"}'}'</code> gives a job something to do.</p>;
  return <p class="empty">No item {isPast.value ? 'matched' : 'matches'} <code>{filter}</code>. <a href={to('items')}>Show all</a></p>;
}

