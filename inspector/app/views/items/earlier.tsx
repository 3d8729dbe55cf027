/** Actions on many items that are under way though nobody looks, or that the end of a runner has cut off. */
import type { EditView } from '../../../protocol.ts';
import { ago, dateTime, plain } from '../../format.ts';
import { act, beat, now } from '../../model.ts';
import { to } from '../../route.ts';
import { CopyLine } from '../../ui/copy.tsx';
import { useAnswer } from '../../use-answer.ts';

/** What was cut off is told for so long. */
const TOLD_MS = 24 * 3_600_000;

export function Earlier() {
  const { view } = useAnswer({ type: 'edits', limit: 10 }, beat.value);
  const told = (view?.edits ?? []).filter(({ bulk, state, at }) => bulk !== undefined && (state === 'running' || (state === 'interrupted' && now.value - at < TOLD_MS)));
  if (told.length === 0) return null;
  return <ul class="earlier" aria-label="Actions on many items">{told.map((edit) => <Told key={edit.id} edit={edit} />)}</ul>;
}

const VERBS = { retry: 'Retry', reset: 'Reset', reprocess: 'Reprocess', priority: 'Priority' } as const;

function Told({ edit: { id, at, verb, bulk, state, filter, items, done, tasks, lines } }: { edit: EditView }) {
  const far = `${plain(done)} of ${plain(items)} items, ${plain(tasks)} ${verb === 'priority' ? 'changed' : 'tasks run again'}`;
  const ends = (what: 'abort' | 'undo', did: string) => void act({ type: 'BULK', bulk: bulk!, do: what }, did);
  return (
    <li>
      <p>
        <strong>{VERBS[verb]}</strong> {filter === null ? 'of chosen items' : filter === '' ? 'of all items' : <a href={to('items', '', { filter })}><code>{filter}</code></a>}, <span title={dateTime(at)}>{ago(at, now.value)}</span>:{' '}
        {state === 'running' ? <>under way, {far}</> : <><b class="wait">cut off by the end of the runner</b>: {far}; the rest is untouched</>}{' '}
        {state === 'running' && <button onClick={() => ends('abort', 'no more of it begins')}>Abort</button>}
        {state === 'interrupted' && <button disabled={verb === 'priority'} title={verb === 'priority' ? 'Which priorities they had was only known to the runner that set them' : `What nobody has begun goes back (edit ${id})`} onClick={() => ends('undo', 'taken back')}>Undo</button>}
      </p>
      {state === 'interrupted' && lines.slice(0, 1).map((line) => <CopyLine key={line} line={line} />)}
    </li>
  );
}
