/** Fields that not all of several records have with the same value, in the order of the first record. */
export const differingFields = (records: readonly Readonly<Record<string, string | null>>[]): string[] =>
  Object.keys(records[0] ?? {}).filter(
    (field) => new Set(records.map((record) => record[field] ?? null)).size > 1,
  );
