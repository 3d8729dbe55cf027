/** A line for a terminal: a click copies it. */
import { say } from '../model.ts';
import './copy.css';

export function CopyLine({ line }: { line: string }) {
  const copy = () => navigator.clipboard.writeText(line).then(() => say('copied'), () => say('the browser does not let this page copy: select the line', { failed: true }));
  return <button class="copy-line" onClick={() => void copy()} title="Copy"><code>{line}</code></button>;
}
