import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function RunPage() {
  return (
    <Page>
      <Head title="RunPage" />
    </Page>
  );
}
