import type { Metadata } from 'next';
import { PreviewStage } from '#components/compare/preview-stage';

export const metadata: Metadata = { title: 'Preview' };

export default function PreviewPage() {
  return <PreviewStage />;
}
