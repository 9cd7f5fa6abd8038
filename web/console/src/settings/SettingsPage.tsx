import { Head } from '../ui/Head.tsx';
import { Page } from '../ui/Page.tsx';

export function SettingsPage() {
  return (
    <Page>
      <Head title="SettingsPage" />
    </Page>
  );
}
