import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function InboxPage() {
  return (
    <Page>
      <Head title="InboxPage" />
    </Page>
  );
}
