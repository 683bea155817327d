import { classes } from '#components/ui/classes.ts';
import { highlightSql, type SqlToken } from '#components/ui/highlight-sql.ts';

const LOOK: Record<SqlToken['kind'], string | undefined> = {
  keyword: 'text-accent',
  string: 'text-plus',
  number: 'text-minus',
  comment: 'text-text-3',
  plain: undefined,
};

type CodeBlockProps = {
  code: string;
  language?: 'sql' | 'text' | undefined;
  /** What it is, for whoever comes to it by keyboard. */
  label: string;
  className?: string | undefined;
};

/** Code with line numbers that are not copied with it. */
export function CodeBlock({ code, language = 'sql', label, className }: CodeBlockProps) {
  const lines: SqlToken[][] =
    language === 'sql' ? highlightSql(code) : code.split('\n').map((text) => [{ kind: 'plain', text }]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling frame needs a name and the focus, and is no section
    <div
      role="region"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the arrows
      tabIndex={0}
      className={classes('overflow-auto -outline-offset-2', className)}
    >
      <pre className="min-w-max py-3 text-[0.78rem] leading-[1.62] [counter-reset:line]">
        <code>
          {lines.map((line, index) => (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
              key={index}
              className="block pr-3.5 [counter-increment:line] before:inline-block before:w-11 before:select-none before:pr-3.5 before:text-right before:text-text-3 before:content-[counter(line)]"
            >
              {line.map((token, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
                <span key={at} className={LOOK[token.kind]}>
                  {token.text}
                </span>
              ))}
              {'\n'}
            </span>
          ))}
        </code>
      </pre>
    </div>
  );
}
