/** Words of the server: what stands between backticks is a name or a command, and looks like one. */
export function Words({ children }: { children: string }) {
  return children.split(/`([^`]+)`/).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have fixed places
      <code key={at} className="text-[0.94em] [overflow-wrap:anywhere]">
        {part}
      </code>
    ),
  );
}
