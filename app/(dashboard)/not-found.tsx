import { NothingHere } from '#components/shell/nothing-here';

/** Within the shell, so that one can go elsewhere. */
export default function DashboardNotFound() {
  return <NothingHere />;
}
