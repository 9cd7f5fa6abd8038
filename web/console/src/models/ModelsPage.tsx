import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function ModelsPage() {
  return (
    <Page>
      <Head title="ModelsPage" />
    </Page>
  );
}
