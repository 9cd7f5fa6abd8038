import { Link } from '@tanstack/react-router';
import { Quiet } from '../ui/Quiet.tsx';

export function NotFound() {
  return (
    <Quiet
      action={
        <Link to="/" className="link">
          All workflows
        </Link>
      }
    >
      There is nothing here. It may have been deleted, it may be somebody else’s, or the address is not quite right.
    </Quiet>
  );
}
