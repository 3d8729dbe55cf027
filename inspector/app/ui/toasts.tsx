import { act, dismiss, toasts } from '../model.ts';

/** What came of what was asked, with the line that takes it back. */
export function Toasts() {
  return (
    <div class="toasts" role="log" aria-live="polite">
      {toasts.value.map(({ id, text, failed, undo, back }) => (
        <div key={id} class={failed ? 'toast failed' : 'toast'}>
          <span>{text}</span>
          {undo !== undefined && <span class="undo">takes it back: <code>npx {undo.replace(/^npx /, '')}</code></span>}
          {back && <button onClick={() => (dismiss(id), void act(back, `taken back: ${text}`))}>Undo</button>}
          <button class="icon" aria-label="Dismiss" onClick={() => dismiss(id)}>×</button>
        </div>
      ))}
    </div>
  );
}
