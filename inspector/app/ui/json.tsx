/** Any value as a tree: long texts, long lists and deep things fold; what differs from before is marked. */
import { useState } from 'preact/hooks';

const FOLDED_CHARS = 160;
const FOLDED_ENTRIES = 30;
const OPEN_DEPTH = 2;

type Props = { value: unknown; before?: unknown; name?: string; depth?: number };

export function Json({ value, before, name, depth = 0 }: Props) {
  const isChanged = before !== undefined && JSON.stringify(before) !== JSON.stringify(value);
  if (Object(value) !== value) return <Leaf name={name} value={value} isChanged={isChanged} />;
  const entries = Object.entries(value as object);
  return <Branch name={name} entries={entries} isList={Array.isArray(value)} before={before} isChanged={isChanged} depth={depth} />;
}

type BranchProps = { name: string | undefined; entries: [string, unknown][]; isList: boolean; before: unknown; isChanged: boolean; depth: number };

function Branch({ name, entries, isList, before, isChanged, depth }: BranchProps) {
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(FOLDED_ENTRIES);
  const summary = isList ? `[${entries.length}]` : entries.length === 0 ? '{}' : `{${entries.length}}`;
  const line = <>{name !== undefined && <span class="key">{name}</span>} <span class="dim">{summary}</span></>;
  if (entries.length === 0) return <div class="json-line">{line}</div>;
  return (
    <details class={isChanged ? 'json changed' : 'json'} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{line}</summary>
      {isOpen && entries.slice(0, shown).map(([key, value]) => <Json key={key} name={key} value={value} before={partOf(before, key)} depth={depth + 1} />)}
      {isOpen && entries.length > shown && <button class="link" onClick={() => setShown(shown + 200)}>{entries.length - shown} more</button>}
    </details>
  );
}

function Leaf({ name, value, isChanged }: { name: string | undefined; value: unknown; isChanged: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const folded = !isOpen && text.length > FOLDED_CHARS;
  return (
    <div class={isChanged ? 'json-line changed' : 'json-line'}>
      {name !== undefined && <span class="key">{name}</span>} <span class={`value ${value === null ? 'dim' : typeof value}`} dir="auto">{folded ? `${text.slice(0, FOLDED_CHARS)}…` : text}</span>
      {text.length > FOLDED_CHARS && <button class="link" onClick={() => setOpen(!isOpen)}>{isOpen ? 'less' : `all ${text.length} characters`}</button>}
    </div>
  );
}

const partOf = (before: unknown, key: string): unknown => (Object(before) === before ? ((before as Record<string, unknown>)[key] ?? null) : undefined);
