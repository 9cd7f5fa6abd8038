import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function RunsPage() {
  return (
    <Page>
      <Head title="RunsPage" />
    </Page>
  );
}
