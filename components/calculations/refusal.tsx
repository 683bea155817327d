import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { planProblems } from '#components/new-incident/plan-problems.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Words } from '#components/ui/words';

/** What the server refused, problem by problem. */
export function Refusal({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <BoxedNotice tone="danger" role="alert">
      <ul className="grid gap-1">
        {planProblems(apiErrorOf(error)).map(({ message, fix }) => (
          <li key={message} className="[overflow-wrap:anywhere]">
            <Words>{`${message} ${fix}`}</Words>
          </li>
        ))}
      </ul>
    </BoxedNotice>
  );
}
