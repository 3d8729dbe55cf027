import { effect, signal } from '@preact/signals';

type Theme = 'dark' | 'light';
const KEY = 'rivus.theme';

const stored = localStorage.getItem(KEY);
const theme = signal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'dark');

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});

export function switchTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(KEY, theme.value);
}

export function ThemeSwitch() {
  const other = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <button class="icon" onClick={switchTheme} title={`${other} theme (t)`} aria-label={`Switch to the ${other} theme`}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18" /></svg>
    </button>
  );
}
