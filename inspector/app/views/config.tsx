/** jobs.yaml: what stands in the file beside what runs, what reading it again would do, and all that was in force. */
import type { CodeProblem, ConfigChange, ConfigurationThenView, ConfigurationView, FileOnDisk, RevisionLine } from '../../protocol.ts';
import { ago, dateTime, plain, span } from '../format.ts';
import { act, beat } from '../model.ts';
import { go, route, to } from '../route.ts';
import { clock, isPast, locked, shownSeq } from '../time.ts';
import { CopyLine } from '../ui/copy.tsx';
import { useAnswer } from '../use-answer.ts';
import '../ui/card.css';
import './config.css';

export function ConfigView() {
  return isPast.value ? <ConfigThen seq={shownSeq.value!} /> : <ConfigNow />;
}

function ConfigThen({ seq }: { seq: number }) {
  const { view, error } = useAnswer({ type: 'configurationAt', seq });
  if (error !== undefined) return <p class="empty bad">{error}</p>;
  if (!view) return <p class="empty">Going back to that moment.</p>;
  return (
    <div class="configuration">
      <FileThen view={view} />
      <History revisions={view.revisions} />
    </div>
  );
}

function FileThen({ view: { readAt, refused, revisions: [inForce] } }: { view: ConfigurationThenView }) {
  return (
    <section class={refused === undefined ? 'card good-edge' : 'card bad-edge'} aria-label="What ran then">
      <header>
        <h2>{inForce ? `Revision ${inForce.id} was in force` : 'Nothing was in force yet'}</h2>
        {refused !== undefined && <span class="pill bad">✕ the file was not used</span>}
      </header>
      {inForce && <p class="dim">for <span title={dateTime(inForce.at)}>{span(Math.max(0, clock.value - inForce.at))}</span> by then{readAt !== undefined && <> · last read <span title={dateTime(readAt)}>{ago(readAt, clock.value)}</span></>}</p>}
      {refused !== undefined && <p class="bad refused" dir="auto">{refused}</p>}
      <p class="unkept">what stood in the file beside it was not kept: only texts that came into force are</p>
      <div class="lines"><button disabled title={locked.value}>Reload</button></div>
    </section>
  );
}

function ConfigNow() {
  const { view, error } = useAnswer({ type: 'configuration' }, beat.value);
  if (error !== undefined) return <p class="empty bad">{error}</p>;
  if (!view) return <p class="empty">Reading jobs.yaml.</p>;
  return (
    <div class="configuration">
      <File view={view} />
      <History revisions={view.revisions} />
    </div>
  );
}

const STANDING: Record<FileOnDisk['state'], { tone: string; text: string }> = {
  same: { tone: 'good', text: '✓ the file is what runs' },
  differs: { tone: 'wait', text: '! the file says something else' },
  invalid: { tone: 'bad', text: '✕ the file cannot be used: what runs stays as it is' },
};

function File({ view: { file, readAt, refused, onDisk, revisions } }: { view: ConfigurationView }) {
  const [inForce] = revisions;
  const { tone, text } = STANDING[onDisk.state];
  return (
    <section class={`card ${tone}-edge`} aria-label="The file and what runs">
      <header>
        <h2>{inForce ? `Revision ${inForce.id} is in force` : 'Nothing was in force yet'}</h2>
        <span class={`pill ${tone}`}>{text}</span>
      </header>
      <p class="dim"><code>{file}</code>{inForce && <> · for <span title={dateTime(inForce.at)}>{span(Math.max(0, clock.value - inForce.at))}</span></>} · last read <span title={dateTime(readAt)}>{ago(readAt, clock.value)}</span></p>
      {refused !== undefined && onDisk.state !== 'invalid' && <p class="bad refused" dir="auto">When it was last read it was not used: {refused}</p>}
      {onDisk.state === 'invalid' && <Problems problems={onDisk.problems} />}
      {onDisk.state === 'differs' && <Preview changes={onDisk.changes} diff={onDisk.diff} />}
      {onDisk.state === 'same' && <p class="dim">What is saved is read at once; a file with mistakes changes nothing. Reload also takes up changed code of handlers and strategies.</p>}
      <div class="lines">
        <button class={onDisk.state === 'differs' ? 'primary' : ''} disabled={onDisk.state === 'invalid' || locked.value !== undefined} title={locked.value ?? (onDisk.state === 'invalid' ? 'It has mistakes: mend them and save, it is read by itself' : 'Reads jobs.yaml and the code of handlers again')} onClick={() => void act({ type: 'RELOAD', dryRun: false }, 'jobs.yaml was read again')}>Reload</button>
        <CopyLine line="npx jobctl check" /><CopyLine line="npx jobctl reload --dry-run" /><CopyLine line="npx jobctl config diff file" />
      </div>
    </section>
  );
}

function Problems({ problems }: { problems: readonly CodeProblem[] }) {
  return (
    <section class="problems" aria-label="Mistakes">
      <h3>{problems.length === 1 ? 'One mistake' : `${plain(problems.length)} mistakes`}</h3>
      <ol>
        {problems.map(({ file, line, column, message, frame }) => (
          <li key={`${line}:${column} ${message}`}>
            <p class="bad" dir="auto"><code>{file}:{line}:{column}</code> {message}</p>
            {frame !== '' && <pre class="frame" tabIndex={0}>{frame}</pre>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Preview({ changes, diff }: { changes: readonly ConfigChange[]; diff: readonly string[] }) {
  return (
    <section aria-label="What a reload would do">
      <h3>A reload would do this</h3>
      <Changes changes={changes} />
      <Diff lines={diff} />
    </section>
  );
}

const TONES: Record<ConfigChange['effect'], string> = { live: 'good', starts: 'good', restarts: 'wait', parks: 'bad', archives: 'bad', 'at start': 'wait' };
const MEANS: Record<ConfigChange['effect'], string> = {
  live: 'At once, nothing stops', starts: 'Something new begins', restarts: 'An actor begins anew', parks: 'Open tasks of the stage wait until it comes back', archives: 'The job ends; its items are kept', 'at start': 'When Rivus is started next',
};

function Changes({ changes }: { changes: readonly ConfigChange[] }) {
  if (changes.length === 0) return <p class="dim">Nothing changes for what runs.</p>;
  return <ul class="what-changes">{changes.map(({ effect, job, stage, what }, n) => <li key={n}><span class={`pill ${TONES[effect]}`} title={MEANS[effect]}>{effect}</span> <span dir="auto">{job !== undefined && <b>{job}{stage !== undefined && ` ${stage}`}: </b>}{what}</span></li>)}</ul>;
}

const MARKS: Record<string, string> = { '+': 'added', '-': 'removed', '@': 'place' };

function Diff({ lines }: { lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return <pre class="diff" tabIndex={0} aria-label="Lines that differ">{lines.map((line, n) => <span key={n} class={MARKS[line[0] ?? ''] ?? ''}>{line}{'\n'}</span>)}</pre>;
}

function History({ revisions }: { revisions: readonly RevisionLine[] }) {
  const { query } = route.value;
  const [newest, before] = revisions;
  const known = (name: 'from' | 'to') => revisions.find(({ id }) => id === Number(query.get(name)))?.id;
  const toId = known('to') ?? newest?.id;
  const from = known('from') ?? revisions[revisions.findIndex(({ id }) => id === toId) + 1]?.id;
  return (
    <section aria-label="Revisions">
      <h2>Revisions</h2>
      {before === undefined && newest && <p class="dim">The first one {isPast.value ? 'was' : 'is'} in force. Each text that takes its place is kept here, with what it changed.</p>}
      <div class="revision-history">
        <ul class="revisions">
          {revisions.map(({ id, at, added, removed }, n) => (
            <li key={id}>
              <a data-row href={to('config', '', { from: revisions[n + 1]?.id, to: id })} aria-current={id === toId ? 'true' : undefined}>
                <b>{id}</b> <span title={dateTime(at)}>{ago(at, clock.value)}</span> {added !== undefined && <span class="size"><span class="good">+{plain(added)}</span> <span class="bad">−{plain(removed ?? 0)}</span></span>} {n === 0 && <span class="pill good">in force</span>}
              </a>
            </li>
          ))}
        </ul>
        {from !== undefined && toId !== undefined && <Compared from={from} to={toId} revisions={revisions} />}
      </div>
    </section>
  );
}

function Compared({ from, to: until, revisions }: { from: number; to: number; revisions: readonly RevisionLine[] }) {
  const { view, error } = useAnswer({ type: 'revisions', from, to: until });
  const pick = (change: { from?: string; to?: string }) => go(to('config', '', { from, to: until, ...change }));
  return (
    <div class="compared">
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Revision label="From" value={from} of={revisions} onChange={(from) => pick({ from })} />
        <Revision label="to" value={until} of={revisions} onChange={(to) => pick({ to })} />
        <CopyLine line={`npx jobctl config diff ${from} ${until}`} />
      </form>
      {error !== undefined && <p class="bad">{error}</p>}
      {view && <><Changes changes={view.changes} /><Diff lines={view.diff} /></>}
    </div>
  );
}

function Revision({ label, value, of, onChange }: { label: string; value: number; of: readonly RevisionLine[]; onChange(value: string): void }) {
  return <label>{label} <select value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>{of.map(({ id }) => <option key={id} value={id}>revision {id}</option>)}</select></label>;
}
