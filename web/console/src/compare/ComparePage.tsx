import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function ComparePage() {
  return (
    <Page>
      <Head title="ComparePage" />
    </Page>
  );
}
