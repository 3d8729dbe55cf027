import { render } from 'preact';
import { App } from './app.tsx';
import { start } from './model.ts';
import './style.css';

render(<App />, document.getElementById('app')!);
// In a task of its own: the first paint does not wait for it.
setTimeout(start);
