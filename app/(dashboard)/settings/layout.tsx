import type { ReactNode } from 'react';
import { SettingsNav } from '#components/settings/settings-nav';
import { Page } from '#components/ui/page';

export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <Page width="list">
      <div className="grid min-w-0 gap-x-8 gap-y-4 md:grid-cols-[11rem_minmax(0,1fr)]">
        <SettingsNav />
        <div className="min-w-0">{children}</div>
      </div>
    </Page>
  );
}
