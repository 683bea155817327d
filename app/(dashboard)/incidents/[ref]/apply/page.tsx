import { ApplyStage } from '#components/patch/apply-stage';

export default function ApplyPage() {
  return <ApplyStage />;
}
