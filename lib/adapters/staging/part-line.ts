/** SQL: the line of a staged record; in a part without `@line`, row 0 is the line under the header. */
export const lineOf = (hasLine: boolean): string => (hasLine ? '"@line"' : 'file_row_number + 2');
