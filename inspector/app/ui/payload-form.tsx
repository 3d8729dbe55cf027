/** What an event holds, to be filled in: a field for each part that is known, otherwise JSON. What the runner says against it stands in the form. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PayloadField } from '../../protocol.ts';

type Payload = Record<string, unknown>;
/** `line`: the same in a terminal; `said`: what is filled in already. `onSend` answers why it was not taken; nothing when it was. */
type Props = { event: string; fields: readonly PayloadField[] | undefined; line: string; said: Payload; onSend(payload: Payload): Promise<string | undefined>; onDone(): void };

export function PayloadForm({ event, fields, line, said, onSend, onDone }: Props) {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const place = useRef<HTMLFormElement>(null);
  useEffect(() => place.current?.querySelector<HTMLElement>('input, select, textarea')?.focus(), []);
  const submit = async (form: HTMLFormElement) => {
    const read = readForm(new FormData(form), fields);
    const refusal = 'problem' in read ? read.problem : await onSend(read.payload);
    setProblem(refusal);
    if (refusal === undefined) onDone();
  };
  return (
    <form ref={place} class="payload" aria-label={`${event}, with what it holds`} noValidate onSubmit={(submitted) => (submitted.preventDefault(), void submit(submitted.currentTarget))} onKeyDown={(key) => void (key.key === 'Escape' && onDone())}>
      {fields?.map((field) => <Field key={field.name} field={{ ...field, preset: said[field.name] ?? field.preset }} />) ?? <label>JSON <textarea name="json" rows={4} spellcheck={false}>{'{\n}'}</textarea></label>}
      {problem !== undefined && <p class="bad" role="alert">{problem}</p>}
      <p><button class="primary">Send {event}</button> <button type="button" onClick={onDone}>Cancel</button></p>
      <code class="copy">{line}</code>
    </form>
  );
}

function Field({ field }: { field: PayloadField }) {
  const { name, required, description } = field;
  return (
    <label title={description}>
      <span>{name}{!required && <small class="dim"> may be left out</small>}</span>
      <Input field={field} />
      {description !== undefined && <small class="dim">{description}</small>}
    </label>
  );
}

function Input({ field: { name, kind, choices = [], required, preset } }: { field: PayloadField }) {
  switch (kind) {
    case 'choice':
      return <select name={name}>{!required && <option value="">–</option>}{choices.map((choice) => <option key={choice}>{choice}</option>)}</select>;
    case 'boolean':
      return <input name={name} type="checkbox" defaultChecked={preset === true} />;
    case 'number':
      return <input name={name} inputMode="decimal" defaultValue={preset === undefined ? '' : String(preset)} />;
    case 'instant':
      return <input name={name} type="datetime-local" step={1} />;
    case 'json':
      return <textarea name={name} rows={3} spellcheck={false} />;
    case 'text':
      return <input name={name} defaultValue={preset === undefined ? '' : String(preset)} />;
  }
}

/** What was left empty is left out: the runner says when it is needed. */
export function readForm(form: FormData, fields: readonly PayloadField[] | undefined): { payload: Payload } | { problem: string } {
  try {
    if (!fields) return { payload: objectOf(String(form.get('json'))) };
    return { payload: Object.fromEntries(fields.flatMap((field) => partOf(field, form))) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function partOf({ name, kind }: PayloadField, form: FormData): [string, unknown][] {
  if (kind === 'boolean') return [[name, form.get(name) !== null]];
  const text = String(form.get(name) ?? '').trim();
  if (text === '') return [];
  if (kind === 'number') return [[name, numberOf(name, text)]];
  if (kind === 'instant') return [[name, new Date(text).getTime()]];
  return [[name, kind === 'json' ? jsonOf(name, text) : text]];
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isNaN(number)) throw new Error(`${name} must be a number, not "${text}"`);
  return number;
}

function jsonOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is no JSON: ${(error as Error).message}`);
  }
}

function objectOf(text: string): Payload {
  const json = jsonOf('this', text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('an event holds a JSON object: {"reason": "…"}');
  return json as Payload;
}
