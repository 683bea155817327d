import { ArchiveStage } from '#components/archive/archive-stage';

export default function ArchivePage() {
  return <ArchiveStage />;
}
