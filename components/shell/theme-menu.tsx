'use client';

import { useState } from 'react';
import { chooseTheme, type Theme } from '#components/shell/theme.ts';
import { IconButton } from '#components/ui/button';
import type { IconName } from '#components/ui/icon';
import { Menu, MenuChoice } from '#components/ui/menu';

const OPTIONS: readonly { value: Theme; label: string; icon: IconName }[] = [
  { value: 'system', label: 'As the system', icon: 'screen' },
  { value: 'light', label: 'Light', icon: 'sun' },
  { value: 'dark', label: 'Dark', icon: 'moon' },
];

export function ThemeMenu({
  initial,
  side,
  size = 'sm',
}: {
  initial: Theme;
  side: 'top' | 'bottom';
  size?: 'sm' | 'md';
}) {
  const [theme, setTheme] = useState(initial);
  const choose = (next: Theme) => {
    chooseTheme(next);
    setTheme(next);
  };
  const icon = OPTIONS.find((option) => option.value === theme)?.icon ?? 'sun';
  return (
    <Menu
      side={side}
      trigger={<IconButton icon={theme === 'system' ? 'sun' : icon} label="Colour theme" size={size} />}
    >
      <MenuChoice label="Colour theme" options={OPTIONS} value={theme} onValueChange={choose} />
    </Menu>
  );
}
