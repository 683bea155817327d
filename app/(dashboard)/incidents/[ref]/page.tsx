import { OpenStage } from '#components/workspace/open-stage';

/** The address of an incident alone: goes on to the stage where it stands. */
export default function IncidentPage() {
  return <OpenStage />;
}
