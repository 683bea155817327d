'use client';

import { chooseTheme, paintedTheme, systemTheme } from '#components/shell/theme.ts';
import { IconButton } from '#components/ui/button';

/** Light to dark and back. Back at what the system has, the page follows the system again. */
export function ThemeSwitch({ size = 'sm' }: { size?: 'sm' | 'md' }) {
  const press = () => {
    const next = paintedTheme() === 'dark' ? 'light' : 'dark';
    chooseTheme(next === systemTheme() ? 'system' : next);
  };
  return <IconButton icon="sun" label="Switch colour theme" size={size} onClick={press} />;
}
