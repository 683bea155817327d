import { classes } from '#components/ui/classes.ts';

const TONES = [
  'bg-accent-soft text-accent',
  'bg-plus-soft text-plus',
  'bg-minus-soft text-minus',
  'bg-violet-soft text-violet',
] as const;

function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/)
    .filter(Boolean);
  const [first = '?', last = ''] = [words.at(0), words.length > 1 ? words.at(-1) : undefined];
  const letters = last === '' ? [...first].slice(0, 2) : [[...first][0], [...last][0]];
  return letters.join('').toUpperCase();
}

/** The same name has the same tint everywhere. */
function toneOf(name: string): string {
  let hash = 2_166_136_261;
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return TONES[(hash >>> 16) % TONES.length] ?? TONES[0];
}

type AvatarProps = {
  name: string;
  size?: 'md' | 'lg' | undefined;
  /** The name stands beside it, so the letters say nothing more to a screen reader. */
  decorative?: boolean | undefined;
  /** `Owner`, `Approver`: said before the name. */
  label?: string | undefined;
};

export function Avatar({ name, size = 'md', decorative = false, label }: AvatarProps) {
  const words = label ? `${label} ${name}` : name;
  return (
    <span
      {...(decorative ? { 'aria-hidden': true } : { role: 'img', 'aria-label': words, title: words })}
      className={classes(
        'inline-grid flex-none place-items-center rounded-full font-semibold',
        size === 'lg' ? 'size-[26px] text-2xs' : 'size-[22px] text-[0.625rem]',
        toneOf(name),
      )}
    >
      {initialsOf(name)}
    </span>
  );
}
