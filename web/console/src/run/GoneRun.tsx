import { Link } from '@tanstack/react-router';
import { Head } from '../ui/Head.tsx';
import { Page, Scroll } from '../ui/Page.tsx';
import { Quiet } from '../ui/Quiet.tsx';

export function GoneRun() {
  const others = (
    <Link to="/runs" className="link">
      All runs
    </Link>
  );
  return (
    <Page>
      <Head title="A run that is not there" />
      <Scroll>
        <Quiet action={others}>There is no such run. It may have been deleted, or it may be somebody else’s.</Quiet>
      </Scroll>
    </Page>
  );
}
