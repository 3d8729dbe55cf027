/** One action on many items: what would happen, then how it goes. The items are frozen when the dialog opens. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { BulkAction, BulkView } from '../../../protocol.ts';
import { plain, usd } from '../../format.ts';
import { say, status, wire } from '../../model.ts';
import { CopyLine } from '../../ui/copy.tsx';
import { Pill } from '../../ui/pill.tsx';

export type BulkFrom = { selection: string } | { items: number[] };
type Props = { from: BulkFrom; stage: string | undefined; /** `isBegun`: it was more than looked at. */ close(isBegun: boolean): void };

/** How it goes is asked for so often. */
const LOOK_MS = 250;
const MOST_LINES = 3;
const VERBS = { RETRY: 'Retry what failed', RESET: 'Reset what waits, was skipped, rejected or failed', REPROCESS: 'Reprocess, also what is done', PRIORITY: 'Set the priority' } as const;
type Verb = keyof typeof VERBS;
type Draft = { verb: Verb; stage: string; downstream: boolean; priority: string };

/** Undefined when the priority is no number. */
function actionOf({ verb, stage, downstream, priority }: Draft): BulkAction | undefined {
  if (verb !== 'PRIORITY') return { verb, ...(stage && { stage }), ...(downstream && { downstream }) };
  return /^[+-]?\d+(\.\d+)?$/.test(priority.trim()) ? { verb, priority: Number(priority) } : undefined;
}


export function BulkDialog({ from, stage, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [draft, setDraft] = useState<Draft>({ verb: 'RETRY', stage: stage ?? '', downstream: false, priority: '0' });
  const [view, setView] = useState<BulkView>();
  const [problem, setProblem] = useState<string>();
  const [words, setWords] = useState('');
  useEffect(() => dialog.current!.showModal(), []);
  const action = actionOf(draft);
  const isLooking = view?.state === 'frozen' && JSON.stringify(view.action) !== JSON.stringify(action);
  useEffect(() => {
    if (!action) return;
    let isOver = false;
    const asked = wire.ask({ type: 'freeze', from: view ? { bulk: view.id } : from, action });
    asked.then((frozen) => isOver || (setView(frozen), setProblem(undefined)), (error: Error) => isOver || setProblem(error.message));
    return () => void (isOver = true);
  }, [JSON.stringify(action)]);
  useEffect(() => {
    if (view?.state !== 'running') return;
    const timer = setTimeout(() => wire.ask({ type: 'bulk', id: view.id }).then(setView, (error: Error) => setProblem(error.message)), LOOK_MS);
    return () => clearTimeout(timer);
  }, [view]);
  const send = async (what: 'run' | 'abort' | 'undo') => {
    const answer = await wire.command({ type: 'BULK', bulk: view!.id, do: what, ...(what === 'run' && view!.words !== undefined && { words }) }).catch((error: Error) => ({ ok: false as const, message: error.message }));
    if (!answer.ok) return say(answer.message, { failed: true });
    await wire.ask({ type: 'bulk', id: view!.id }).then(setView, (error: Error) => setProblem(error.message));
  };
  return (
    <dialog ref={dialog} class="bulk" aria-labelledby="bulk-title" onClose={() => (tellOf(view), close(view !== undefined && view.state !== 'frozen'))}>
      <h2 id="bulk-title">{view ? <Title view={view} /> : 'Freezing the items'}</h2>
      {problem !== undefined && <p class="bad" role="alert">{problem}</p>}
      {view?.state === 'frozen' && <Choose draft={draft} view={view} set={setDraft} />}
      {view && <div class={isLooking ? 'stale' : ''} aria-busy={isLooking}><Preview view={view} /></div>}
      {view?.words !== undefined && view.state === 'frozen' && (
        <label class="words">No filter is given, so this means everything. Type <strong>{view.words}</strong> to go on: <input value={words} onInput={(event) => setWords(event.currentTarget.value)} /></label>
      )}
      {view && view.state !== 'frozen' && <Progress view={view} />}
      <div class="buttons">
        {view?.state === 'frozen' && <Run view={view} words={words} notYet={!action ? 'A priority is a number; lower goes first' : isLooking ? 'It is being looked at' : undefined} run={() => void send('run')} />}
        {view?.state === 'running' && <button onClick={() => void send('abort')}>Abort</button>}
        {view && view.state !== 'frozen' && view.state !== 'running' && view.state !== 'undone' && <button disabled={view.undo !== true} title={view.undo !== true ? view.undo : view.action.verb === 'PRIORITY' ? 'Every item gets the priority back that it had' : 'What nobody has begun is what it was; the rest goes on'} onClick={() => void send('undo')}>Undo</button>}
        <button onClick={() => dialog.current!.close()}>{view?.state === 'frozen' ? 'Cancel' : 'Close'}</button>
        {view?.state === 'running' && <span class="dim">it goes on when this is closed</span>}
      </div>
      {view && <p class="lines">{view.lines.slice(0, MOST_LINES).map((line) => <CopyLine key={line} line={line} />)}</p>}
    </dialog>
  );
}

/** Once it is closed, it can still be taken back for a moment. */
function tellOf(view: BulkView | undefined): void {
  if (!view || !['done', 'aborted', 'failed'].includes(view.state) || view.undo !== true || view.tasks === 0) return;
  say(`${plain(view.tasks)} ${view.action.verb === 'PRIORITY' ? 'items have another priority' : 'tasks run again'}`, { back: { type: 'BULK', bulk: view.id, do: 'undo' } });
}

function Title({ view: { count, filter } }: { view: BulkView }) {
  const items = `${plain(count)} ${count === 1 ? 'item' : 'items'}`;
  if (filter === null) return <>{items}, chosen by hand</>;
  return filter === '' ? <>All {items}</> : <>{items} that matched <code>{filter}</code></>;
}

function Choose({ draft, view, set }: { draft: Draft; view: BulkView; set(draft: Draft): void }) {
  const stages = [...new Set((status.value?.jobs ?? []).filter(({ id }) => view.jobs.some(({ job }) => job === id)).flatMap(({ stages }) => stages.map(({ name }) => name)))];
  return (
    <form class="choose" onSubmit={(event) => event.preventDefault()}>
      <label>What <select value={draft.verb} onChange={(event) => set({ ...draft, verb: event.currentTarget.value as Verb })}>{Object.entries(VERBS).map(([verb, words]) => <option key={verb} value={verb}>{words}</option>)}</select></label>
      {draft.verb === 'PRIORITY' ? (
        <label>to <input size={8} inputMode="decimal" value={draft.priority} onInput={(event) => set({ ...draft, priority: event.currentTarget.value })} /> <span class="dim">lower goes first</span></label>
      ) : (
        <>
          <label>at <select value={draft.stage} onChange={(event) => set({ ...draft, stage: event.currentTarget.value })}><option value="">every stage</option>{stages.map((name) => <option key={name} value={name}>{name}</option>)}</select></label>
          <label><input type="checkbox" checked={draft.downstream} onChange={(event) => set({ ...draft, downstream: event.currentTarget.checked })} /> and what needs it</label>
        </>
      )}
    </form>
  );
}

/** What it would do, counted without doing it. */
function Preview({ view: { jobs, costUsd, action, state } }: { view: BulkView }) {
  const kept = jobs.reduce((sum, job) => sum + job.kept, 0);
  if (action.verb === 'PRIORITY') return <p>{jobs.map(({ job, items }) => `${job}: ${plain(items)} items get priority ${action.priority}`).join('; ')}</p>;
  const lines = jobs.flatMap(({ job, stages }) => stages.map((line) => ({ job, ...line })));
  if (lines.length === 0 && state !== 'frozen') return null;
  return (
    <section class="preview" aria-label="What would happen">
      <h3>{state === 'frozen' ? 'Dry run: what would happen' : 'What was to happen'}</h3>
      {lines.length === 0 ? <p class="dim">Nothing: none of these items has a task that this takes.</p> : (
        <table>
          <thead><tr><th scope="col">job</th><th scope="col">stage</th><th scope="col">from</th><th scope="col">to</th><th scope="col">because</th><th scope="col" class="n">tasks</th></tr></thead>
          <tbody>{lines.map(({ job, stage, from, to, byHand, tasks }) => <tr key={`${job} ${stage} ${from} ${to} ${byHand}`}><td>{job}</td><td>{stage}</td><td><Pill state={from} /></td><td><Pill state={to} /></td><td class="dim">{byHand ? 'asked for' : 'follows from it'}</td><td class="n">{plain(tasks)}</td></tr>)}</tbody>
        </table>
      )}
      {kept > 0 && <p class="dim">{plain(kept)} tasks of later stages keep their outputs; “and what needs it” runs them again too.</p>}
      {costUsd !== undefined && <p>It will cost about {usd(costUsd)}, by what these stages have cost lately.</p>}
    </section>
  );
}

function Run({ view: { jobs, action, words }, words: said, notYet, run }: { view: BulkView; words: string; notYet: string | undefined; run(): void }) {
  const tasks = jobs.reduce((sum, job) => sum + (action.verb === 'PRIORITY' ? job.items : job.tasks), 0);
  const why = notYet ?? (tasks === 0 ? 'There is nothing that it would change' : words !== undefined && said !== words ? `Type ${words} first` : undefined);
  return <button class={why === undefined ? 'primary' : ''} disabled={why !== undefined} title={why} onClick={run}>{action.verb === 'PRIORITY' ? `Set it for ${plain(tasks)} items` : `Run ${plain(tasks)} tasks again`}</button>;
}

function Progress({ view: { state, done, count, tasks, error, action, undone } }: { view: BulkView }) {
  const what = action.verb === 'PRIORITY' ? 'items' : 'tasks';
  const words = { frozen: '', running: 'under way', aborted: 'stopped', done: 'done', failed: 'failed', interrupted: 'cut off by the end of the runner', undone: 'taken back' }[state];
  return (
    <p role="status" class="progress">
      <progress value={done} max={Math.max(1, count)} aria-label="How far it is" /> <strong>{words}</strong> {plain(done)} of {plain(count)} items, {plain(tasks)} {what} changed{state === 'interrupted' && '; the rest is untouched'}
      {undone && <>; {plain(undone.tasks)} put back{undone.begun > 0 && `, ${plain(undone.begun)} had begun and go on`}</>}
      {error !== undefined && <span class="bad"> {error}</span>}
    </p>
  );
}
