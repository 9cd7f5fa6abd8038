import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function SnapshotsPage() {
  return (
    <Page>
      <Head title="SnapshotsPage" />
    </Page>
  );
}
