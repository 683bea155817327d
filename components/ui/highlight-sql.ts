export type SqlToken = { kind: 'keyword' | 'string' | 'number' | 'comment' | 'plain'; text: string };

const KEYWORDS = new Set(
  `ABORT ADD ALL ALTER AND ANY AS ASC BEGIN BETWEEN BY CASCADE CASE CAST CHECK COMMIT COMMITTED CONFLICT CONSTRAINT
  COPY CREATE CROSS CURRENT_TIMESTAMP DEFAULT DELETE DESC DISTINCT DO DROP ELSE END EXCEPT EXISTS FALSE FETCH FILTER FOR
  FOREIGN FROM FULL FUNCTION GRANT GROUP HAVING IF IN INDEX INNER INSERT INTERSECT INTO IS ISOLATION JOIN KEY LATERAL
  LEFT LEVEL LIKE LIMIT LOCAL LOCK NOT NOTHING NOWAIT NULL OF OFFSET ON ONLY OR ORDER OUTER OVER PARTITION PRIMARY READ
  REFERENCES REPEATABLE RETURNING RIGHT ROLLBACK ROW ROWS SCHEMA SELECT SERIALIZABLE SET SHARE SKIP LOCKED TABLE TEMP
  TEMPORARY THEN TO TRANSACTION TRIGGER TRUE UNION UNIQUE UPDATE USING VALUES VIEW WHEN WHERE WITH`.split(
    /\s+/,
  ),
);

/**
 * One alternative a group: comment, string (also E'', dollar-quoted, quoted name), number, word, anything else.
 * An open string or comment runs to the end, as it would in the database.
 */
const TOKEN =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|((?:\b[eE])?'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|\$(\w*)\$[\s\S]*?(?:\$\3\$|$)|"(?:[^"]|"")*(?:"|$))|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][\w$]*)|([\s\S])/g;

function kindOf(match: RegExpExecArray): SqlToken['kind'] {
  if (match[1] !== undefined) return 'comment';
  if (match[2] !== undefined) return match[2].startsWith('"') ? 'plain' : 'string';
  if (match[4] !== undefined) return 'number';
  if (match[5] !== undefined && KEYWORDS.has(match[5].toUpperCase())) return 'keyword';
  return 'plain';
}

/** SQL as lines of coloured pieces. Joined again they are the text, byte for byte. */
export function highlightSql(sql: string): SqlToken[][] {
  const lines: SqlToken[][] = [[]];
  const add = (kind: SqlToken['kind'], text: string) => {
    const line = lines.at(-1);
    const last = line?.at(-1);
    if (line === undefined || text === '') return;
    if (last !== undefined && last.kind === kind) last.text += text;
    else line.push({ kind, text });
  };
  for (const match of sql.matchAll(TOKEN)) {
    const kind = kindOf(match);
    match[0].split('\n').forEach((part, index) => {
      if (index > 0) lines.push([]);
      add(kind, part);
    });
  }
  return lines;
}
