/** Unmistakable: what is seen is not of now. */
import { dateTime } from '../format.ts';
import { isPast, leave, then } from '../time.ts';
import './time.css';

export function Band() {
  if (!isPast.value) return null;
  const { view, error } = then.value ?? {};
  return (
    <div class="band" role="status">
      <strong>
        viewing {view ? <time dateTime={new Date(view.at).toISOString()}>{dateTime(view.at)}</time> : 'the past'}
        {view && <span class="after"> after event {view.seq}</span>}
      </strong>
      {error !== undefined && <span class="note">{error}</span>}
      {view?.notes.map((note) => <span key={note} class="note">{note}</span>)}
      <button onClick={leave}>back to live <kbd>L</kbd></button>
    </div>
  );
}
