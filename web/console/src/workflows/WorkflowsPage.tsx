import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function WorkflowsPage() {
  return (
    <Page>
      <Head title="WorkflowsPage" />
    </Page>
  );
}
