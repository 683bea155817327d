import { ReviewStage } from '#components/patch/review-stage';

export default function ReviewPage() {
  return <ReviewStage />;
}
