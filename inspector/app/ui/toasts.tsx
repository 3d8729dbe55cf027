import { dismiss, toasts } from '../model.ts';

/** What came of what was asked, with the line that takes it back. */
export function Toasts() {
  return (
    <div class="toasts" role="log" aria-live="polite">
      {toasts.value.map(({ id, text, failed, undo }) => (
        <div key={id} class={failed ? 'toast failed' : 'toast'}>
          <span>{text}</span>
          {undo !== undefined && <span class="undo">takes it back: <code>npx {undo.replace(/^npx /, '')}</code></span>}
          <button class="icon" aria-label="Dismiss" onClick={() => dismiss(id)}>×</button>
        </div>
      ))}
    </div>
  );
}
