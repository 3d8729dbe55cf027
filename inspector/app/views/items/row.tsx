import { useEffect, useState } from 'preact/hooks';
import type { ItemRow, ShownTask } from '../../../protocol.ts';
import { ago, compact, dateTime, plain, usd } from '../../format.ts';
import { status } from '../../model.ts';
import { to } from '../../route.ts';
import { clock, isPast } from '../../time.ts';
import { signOf, toneOf } from '../../ui/pill.tsx';

const [WIDE_PX, NARROW_PX] = [38, 66];
const NARROW = '(max-width: 45rem)';
/** With more of them only their signs are shown. */
const NAMED_STAGES = 5;

/** In px: on a phone a row has two lines. */
export function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const hear = () => setNarrow(media.matches);
    media.addEventListener('change', hear);
    return () => media.removeEventListener('change', hear);
  }, []);
  return isNarrow ? NARROW_PX : WIDE_PX;
}

type Props = { row: ItemRow | null | undefined; index: number; isChosen?: boolean; onChoose?(row: ItemRow): void };

/** `row`: undefined until it is read, null when the item is there no more. */
export function Row({ row, index, isChosen, onChoose }: Props) {
  if (row === undefined) return <div class="item-row waits" aria-busy="true" />;
  if (row === null) return <div class="item-row dim">this item is there no more</div>;
  const { id, job, key, title, stages, costUsd, createdAt, priority } = row;
  const names = stageOrder(job, stages);
  const trouble = names.map((name) => stages[name]!.error?.message ?? stages[name]!.reason).find(Boolean);
  return (
    <div class={isChosen ? 'item-row chosen' : 'item-row'} data-index={index}>
      {onChoose && <input type="checkbox" data-select checked={isChosen ?? false} aria-label={`Choose ${title ?? key}`} onClick={() => onChoose(row)} />}
      <a data-row href={to('items', String(id))}>
        <span class="title" dir="auto" title={title ?? key}>{title ?? key}</span>
        <span class="dim job" title={job}>{job}</span>
        <Chips names={names} stages={stages} />
        <span class="dim why" dir="auto" title={trouble}>{trouble}</span>
        <span class="n dim priority" {...(!isPast.value && { title: `priority ${plain(priority)}` })}>{priority === 0 || isPast.value ? '' : compact(priority)}</span>
        <span class="n cost">{costUsd === undefined ? '' : usd(costUsd)}</span>
        <time class="n dim" title={dateTime(createdAt)}>{ago(createdAt, clock.value)}</time>
      </a>
    </div>
  );
}

function Chips({ names, stages }: { names: readonly string[]; stages: Record<string, ShownTask> }) {
  const isNamed = names.length <= NAMED_STAGES;
  return (
    <span class="chips">
      {names.map((name) => {
        const { state, attempts, doubt } = stages[name]!;
        return <i key={name} class={`chip-state ${toneOf(state)}${isNamed ? '' : ' signed'}`} title={`${name}: ${state}${attempts > 1 ? `, ${attempts} attempts` : ''}${doubt === undefined ? '' : `: ${doubt}`}`}><span aria-hidden="true">{signOf(state)}</span>{isNamed && ` ${name}`}<span class="unseen">{isNamed ? ` ${state}` : ` ${name} ${state}`}</span></i>;
      })}
    </span>
  );
}

/** As jobs.yaml has them; those that it does not have any more come last. */
function stageOrder(job: string, stages: Record<string, ShownTask>): string[] {
  const known = status.value?.jobs.find(({ id }) => id === job)?.stages.map(({ name }) => name) ?? [];
  return [...new Set([...known.filter((name) => stages[name]), ...Object.keys(stages)])];
}
