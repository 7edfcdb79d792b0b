import { byId } from './dom.ts';

const KEY = 'sockpool-theme';

/**
 * Lets a person choose light or dark; else it is as their system is. Only this choice is kept by the
 * browser.
 *
 * @param onChange is called when the page looks different
 */
export function chooseTheme(onChange: () => void): void {
  const select = byId<HTMLSelectElement>('theme');
  const apply = (): void => {
    if (select.value === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = select.value;
    onChange();
  };
  const kept = localStorage.getItem(KEY);
  if (kept === 'light' || kept === 'dark') select.value = kept;
  select.addEventListener('change', () => {
    localStorage.setItem(KEY, select.value);
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  apply();
}
