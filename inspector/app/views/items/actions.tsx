/** What may be done with an item: each says what it takes, why not if it cannot be done, and how to type it. */
import { useState } from 'preact/hooks';
import type { Command, ItemDetail } from '../../../protocol.ts';
import { act } from '../../model.ts';
import { locked } from '../../time.ts';
import { CopyLine } from '../../ui/copy.tsx';

const RETRIED = ['failed', 'dead'];
const RESET = ['waiting', 'skipped', 'rejected', 'failed', 'dead'];
const REPROCESSED = ['done', 'skipped', 'rejected', 'failed', 'dead'];

export function Actions({ item }: { item: ItemDetail }) {
  const { id, job, stages } = item;
  const names = Object.keys(stages).filter((name) => !stages[name]!.parked);
  const those = (states: readonly string[]) => names.filter((name) => states.includes(stages[name]!.state));
  const [from, setFrom] = useState(names[0] ?? '');
  const [isDownstream, setDownstream] = useState(true);
  const [priority, setPriority] = useState(String(item.priority));
  const [line, setLine] = useState<string>();
  const [failed, stuck] = [those(RETRIED), those(RESET)];
  const canReprocess = stages[from] && REPROCESSED.includes(stages[from].state);
  const number = /^[+-]?\d+(\.\d+)?$/.test(priority) ? Number(priority) : undefined;
  const go = (command: Command, did: string, typed: string, back?: Command) => {
    setLine(typed);
    void act(command, did, back);
  };
  const prioritise = (to: number) => go({ type: 'PRIORITY', job, items: [id], priority: to }, `item ${id}: priority ${to}`, `npx jobctl priority ${job} ${id} ${to}`, { type: 'PRIORITY', job, items: [id], priority: item.priority });
  return (
    <section class="item-actions" aria-label="What may be done">
      <button class={failed.length > 0 ? 'primary' : ''} disabled={locked.value !== undefined || failed.length === 0} title={locked.value ?? (failed.length === 0 ? 'No stage of it has failed' : `${failed.join(', ')} will run again`)} onClick={() => go({ type: 'RETRY', job, items: [id] }, `item ${id}: retried ${failed.join(', ')}`, `npx jobctl retry ${job} --item ${id}`)}>Retry</button>
      <button disabled={locked.value !== undefined || stuck.length === 0} title={locked.value ?? (stuck.length === 0 ? 'Nothing of it waits, was skipped, rejected or has failed' : `${stuck.join(', ')} will run again, now`)} onClick={() => go({ type: 'RESET', job, items: [id] }, `item ${id}: reset ${stuck.join(', ')}`, `npx jobctl reset ${job} --item ${id}`)}>Reset</button>
      <span class="group">
        <button disabled={locked.value !== undefined || !canReprocess} title={locked.value ?? (canReprocess ? 'From what is stored; the old output stays until there is a new one' : `${from} is ${stages[from]?.state ?? 'no stage of it'}: there is nothing to do again`)} onClick={() => go({ type: 'REPROCESS', job, stage: from, items: [id], downstream: isDownstream }, `item ${id}: ${from} runs again`, `npx jobctl reprocess ${job} ${from} --item ${id}${isDownstream ? ' --downstream' : ''}`)}>Reprocess from</button>
        <select aria-label="Stage to reprocess from" value={from} onChange={(event) => setFrom(event.currentTarget.value)}>{names.map((name) => <option key={name} value={name}>{name}</option>)}</select>
        <label><input type="checkbox" checked={isDownstream} onChange={(event) => setDownstream(event.currentTarget.checked)} /> and what needs it</label>
      </span>
      <span class="group">
        <label>Priority <input type="text" inputMode="decimal" size={6} value={priority} onInput={(event) => setPriority(event.currentTarget.value)} /></label>
        <button disabled={locked.value !== undefined || number === undefined || number === item.priority} title={locked.value ?? (number === undefined ? 'A priority is a number; lower goes first' : number === item.priority ? 'It has this priority' : 'Lower goes first')} onClick={() => prioritise(number!)}>Set</button>
      </span>
      {line !== undefined && <CopyLine line={line} />}
    </section>
  );
}
