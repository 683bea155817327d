import { apiErrorOf } from '#components/query/api.ts';
import { Words } from '#components/ui/words';

/** What failed, beside what was pressed. Nothing while nothing did. */
export function ErrorLine({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const { message, fix } = apiErrorOf(error);
  return (
    <p role="alert" className="text-danger text-xs">
      <Words>{`${message} ${fix}`}</Words>
    </p>
  );
}
