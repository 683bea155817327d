import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { Page } from '#components/ui/page';

/** Only what takes longer than 300 ms shows it. */
export default function DashboardLoading() {
  return (
    <Page>
      <Card className="animate-appear">
        <SkeletonRows label="Opening the page" />
      </Card>
    </Page>
  );
}
