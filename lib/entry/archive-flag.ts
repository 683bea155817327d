import { Failure } from '#lib/base/failure';

/** The command line has a flag that the page has not: a refusal for the archive names it. */
export async function namingArchiveFlag<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'archive.changed') throw error;
    throw new Failure(error.code, error.message, {
      fix: `${error.fix} Where the archive is out of reach for good: --no-archive-check.`,
      details: error.details,
      cause: error,
    });
  }
}
