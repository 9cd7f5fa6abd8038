import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function StartPage() {
  return (
    <Page>
      <Head title="StartPage" />
    </Page>
  );
}
