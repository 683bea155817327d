import type { ReactNode } from 'react';
import { Icon, type IconName } from '#components/ui/icon';

const LOOK =
  'flex min-h-11 w-full items-center gap-2 rounded-control-sm px-2 text-left text-text-2 hover:bg-sunken hover:text-text md:min-h-8';

/** Downloads under each other; the line beside one says how it differs from its neighbour. */
export function DownloadList({ children }: { children: ReactNode }) {
  return <ul className="-mx-2 grid gap-0.5">{children}</ul>;
}

export function DownloadItem({
  href,
  icon,
  note,
  children,
}: {
  href: string;
  icon: IconName;
  note?: string;
  children: ReactNode;
}) {
  return (
    <li>
      <a href={href} download className={LOOK}>
        <Icon name={icon} />
        {children}
        {note ? <small className="ml-auto text-text-3 text-xs">{note}</small> : null}
      </a>
    </li>
  );
}

export function DownloadAction({
  onPress,
  icon,
  note,
  children,
}: {
  onPress: () => void;
  icon: IconName;
  note?: string;
  children: ReactNode;
}) {
  return (
    <li>
      <button type="button" onClick={onPress} className={LOOK}>
        <Icon name={icon} />
        {children}
        {note ? <small className="ml-auto text-text-3 text-xs">{note}</small> : null}
      </button>
    </li>
  );
}
