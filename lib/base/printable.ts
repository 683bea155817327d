/** What turns, hides, ends or steers: controls, marks of format and direction, other ends of lines, halves of a pair. */
const STEERING = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** A text that a terminal shows and does not obey: of what steers it only the line feed and the tab stay. */
export const printable = (text: string): string =>
  text.replace(STEERING, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
  });

/** A JSON text that says the same in characters that steer no terminal. */
export const printableJson = (json: string): string =>
  json.replace(STEERING, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charCodeAt(at), 4)}`).join(''),
  );
