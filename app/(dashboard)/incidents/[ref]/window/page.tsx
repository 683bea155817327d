import type { Metadata } from 'next';
import { WindowStage } from '#components/workspace/window-stage';

export const metadata: Metadata = { title: 'Window' };

export default function WindowPage() {
  return <WindowStage />;
}
