import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function EditorPage() {
  return (
    <Page>
      <Head title="EditorPage" />
    </Page>
  );
}
