/** How what was found is spread, and what could be chosen instead: each is a term of the filter. */
import type { Facets } from '../../../protocol.ts';
import { count, plain } from '../../format.ts';
import { toneOf } from '../../ui/pill.tsx';
import { isSet, toggled, type Clickable } from './terms.ts';

/** Of a long list, so many are shown. */
const MOST = 15;

type Props = { facets: Facets | undefined; filter: string; to(filter: string): string };

export function FacetList({ facets, filter, to }: Props) {
  if (!facets) return <aside class="facets dim" aria-label="What there is">Counting.</aside>;
  const one = (title: string, key: Clickable, counts: Record<string, number>) => <Facet title={title} keyName={key} counts={counts} filter={filter} to={to} />;
  return (
    <aside class="facets" aria-label="What there is">
      {one('State', 'state', facets.states)}
      {one('Job', 'job', facets.jobs)}
      {one('Stage', 'stage', facets.stages)}
      {one('Error', 'class', facets.classes)}
      {facets.of !== undefined && <p class="dim">counted over the newest {plain(facets.of)}</p>}
    </aside>
  );
}

function Facet({ title, keyName, counts, filter, to }: { title: string; keyName: Clickable; counts: Record<string, number> } & Pick<Props, 'filter' | 'to'>) {
  const all = Object.entries(counts);
  const shown = all.filter(([value], n) => n < MOST || isSet(filter, keyName, value));
  if (all.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {shown.map(([value, n]) => (
          <li key={value}>
            <a href={to(toggled(filter, keyName, value))} aria-current={isSet(filter, keyName, value) ? 'true' : undefined}>
              <span class={keyName === 'state' ? toneOf(value) : ''} title={value}>{value}</span>
              <span class="n">{count(n)}</span>
            </a>
          </li>
        ))}
      </ul>
      {all.length > shown.length && <p class="dim">and {all.length - shown.length} more: type {keyName}:</p>}
    </section>
  );
}
