import { Link } from '@tanstack/react-router';
import { Head } from '../ui/Head.tsx';
import { Page, Scroll } from '../ui/Page.tsx';
import { Quiet } from '../ui/Quiet.tsx';

export function NotFound() {
  const others = (
    <Link to="/" className="link">
      All workflows
    </Link>
  );
  return (
    <Page>
      <Head title="A page that is not there" />
      <Scroll>
        <Quiet action={others}>
          There is nothing here. It may have been deleted, it may be somebody else’s, or the address is not quite right.
        </Quiet>
      </Scroll>
    </Page>
  );
}
