import { ReportStage } from '#components/report/report-stage';

export default function ReportPage() {
  return <ReportStage />;
}
