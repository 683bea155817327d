import type { ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';

/** 16 px stroke icons on one grid: 1.5 px round strokes, drawn for this product. */
const SHAPES = {
  search: <path d="M7 2.75a4.25 4.25 0 1 1 0 8.5 4.25 4.25 0 0 1 0-8.5M10.2 10.2 14 14" />,
  incident: <path d="M1.5 9h3l2-5.5 3 9 2-5.5h3" />,
  archive: <path d="M2 3h12v3H2zM3 6v7h10V6M6.5 9h3" />,
  database: (
    <>
      <ellipse cx="8" cy="3.75" rx="5" ry="2" />
      <path d="M3 3.75v8.5c0 1.1 2.2 2 5 2s5-.9 5-2v-8.5M3 8c0 1.1 2.2 2 5 2s5-.9 5-2" />
    </>
  ),
  formula: (
    <path d="M10.5 2.5c-2 0-2.4 1.2-2.7 3L6.4 12c-.3 1.2-.9 1.8-2.4 1.6M4.5 6.5h6M10 9.5l3.5 4M13.5 9.5l-3.5 4" />
  ),
  document: <path d="M4 1.75h5.5L12.5 5v9.25H4zM9.25 2v3.25h3M6.25 8.5h4M6.25 11h4" />,
  gear: (
    <>
      <circle cx="8" cy="8" r="2.25" />
      <path d="M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4" />
    </>
  ),
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  check: <path d="m3 8.5 3.25 3.25L13 4.75" />,
  cross: <path d="m4 4 8 8M12 4l-8 8" />,
  'chevron-right': <path d="m6 3.5 4.5 4.5L6 12.5" />,
  'chevron-left': <path d="M10 3.5 5.5 8l4.5 4.5" />,
  'chevron-down': <path d="m4 6 4 4 4-4" />,
  'chevron-up': <path d="m4 10 4-4 4 4" />,
  'arrow-up': <path d="M8 13V3.25M4 7l4-4 4 4" />,
  'arrow-down': <path d="M8 3v9.75M4 9l4 4 4-4" />,
  'arrow-right': <path d="M3 8h9.75M9 4l4 4-4 4" />,
  undo: <path d="M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.75 3.5 2.75 6.5l3 3" />,
  again: <path d="M13.25 8A5.25 5.25 0 1 1 11.4 4M13.25 1.9v2.85H10.4" />,
  'sign-out': <path d="M9.5 2.5H3.5v11h6M6.75 8h7.5M11.5 5.25 14.25 8l-2.75 2.75" />,
  share: <path d="M8 10V2M5 4.75 8 1.75l3 3M4 7.5H3v6.75h10V7.5h-1" />,
  link: (
    <path d="M6.5 9.5a2.5 2.5 0 0 0 3.6 0l2.6-2.6a2.55 2.55 0 0 0-3.6-3.6l-.9.9M9.5 6.5a2.5 2.5 0 0 0-3.6 0L3.3 9.1a2.55 2.55 0 0 0 3.6 3.6l.9-.9" />
  ),
  more: (
    <>
      <circle cx="3.5" cy="8" r=".6" />
      <circle cx="8" cy="8" r=".6" />
      <circle cx="12.5" cy="8" r=".6" />
    </>
  ),
  filter: <path d="M2 4h12M4.5 8h7M6.75 12h2.5" />,
  comment: <path d="M2.5 3h11v8H8l-3 2.75V11H2.5z" />,
  bell: (
    <path d="M8 2a4 4 0 0 0-4 4c0 3.5-1.5 4.5-1.5 5.25h11C13.5 10.5 12 9.5 12 6a4 4 0 0 0-4-4M6.5 13.5c.3.5.85.75 1.5.75s1.2-.25 1.5-.75" />
  ),
  clock: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 4.75V8l2.25 1.5" />
    </>
  ),
  warning: <path d="M8 2 1.75 13.25h12.5zM8 6.25v3.25M8 11.4v.1" />,
  info: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 7.5v3.25M8 5.1v.1" />
    </>
  ),
  stop: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 4.9v3.6M8 10.9v.1" />
    </>
  ),
  copy: <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />,
  download: <path d="M8 2v8M5 7.25l3 3 3-3M3 13.5h10" />,
  upload: <path d="M8 10.5v-8M5 5.25l3-3 3 3M3 13.5h10" />,
  folder: <path d="M1.75 12.75V3.5h4.5L8 5.25h6.25v7.5z" />,
  play: <path d="M4.75 3v10l8-5z" />,
  pause: <path d="M5.25 3v10M10.75 3v10" />,
  trash: <path d="M2.5 4.25h11M6 4.25v-2h4v2M4 4.25l.6 9.5h6.8l.6-9.5M6.75 7v4M9.25 7v4" />,
  print: <path d="M4.5 6V2h7v4M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7V14h-7z" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.75" />
      <path d="M8 1.5v1.25M8 13.25v1.25M1.5 8h1.25M13.25 8h1.25M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />
    </>
  ),
  moon: <path d="M13.5 9.4A5.75 5.75 0 0 1 6.6 2.5a5.75 5.75 0 1 0 6.9 6.9z" />,
  screen: <path d="M1.75 3h12.5v8.25H1.75zM8 11.25v2.5M5 13.75h6" />,
  menu: <path d="M2 4.5h12M2 8h12M2 11.5h12" />,
  shield: (
    <path d="M8 1.75 2.75 3.75v4c0 3.2 2.2 5.4 5.25 6.5 3.05-1.1 5.25-3.3 5.25-6.5v-4zM5.5 8l1.85 1.85L10.75 6.4" />
  ),
  lock: <path d="M3.5 7.25h9v6.5h-9zM5.25 7.25V5a2.75 2.75 0 0 1 5.5 0v2.25" />,
  'zoom-in': (
    <path d="M7 2.75a4.25 4.25 0 1 1 0 8.5 4.25 4.25 0 0 1 0-8.5M10.2 10.2 14 14M5.25 7h3.5M7 5.25v3.5" />
  ),
  'zoom-out': <path d="M7 2.75a4.25 4.25 0 1 1 0 8.5 4.25 4.25 0 0 1 0-8.5M10.2 10.2 14 14M5.25 7h3.5" />,
  'eye-off': (
    <path d="m2.5 2.5 11 11M6.4 4.1A6.6 6.6 0 0 1 8 3.9c3.2 0 5.2 2.3 6.2 4.1-.4.7-.9 1.5-1.7 2.2M4 5.3C2.9 6.1 2.2 7.1 1.8 8c1 1.8 3 4.1 6.2 4.1.8 0 1.6-.15 2.3-.4" />
  ),
  spinner: <path d="M8 2.25A5.75 5.75 0 1 1 2.25 8" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

/** An icon that repeats what the words beside it say; it has no name of its own for a screen reader. */
export function Icon({
  name,
  size = 16,
  className,
}: {
  name: IconName;
  size?: number | undefined;
  className?: string | undefined;
}) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={size < 13 ? 2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={classes('flex-none', name === 'spinner' && 'motion-safe:animate-spin', className)}
    >
      {SHAPES[name]}
    </svg>
  );
}

/** The mark: five tally strokes. */
export function TallyMark({
  size = 20,
  className,
}: {
  size?: number | undefined;
  className?: string | undefined;
}) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 20 20"
      width={size}
      height={size}
      className={classes('flex-none', className)}
    >
      <path
        d="M4 3.5v13M8 3.5v13M12 3.5v13M16 3.5v13M1.5 14.5l17-9"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.9"
        strokeLinecap="round"
      />
    </svg>
  );
}
