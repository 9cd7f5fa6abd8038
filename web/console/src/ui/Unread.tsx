import { Button } from './Button.tsx';
import { reasonOf } from './failure.ts';
import { Failure } from './Quiet.tsx';

/** What could not be read, why, and another try. When a connection that was lost is back it is tried by itself. */
export function Unread({ what, error, retry }: { what: React.ReactNode; error: unknown; retry: () => unknown }) {
  // Why it failed again stands here, in the place of the first.
  const again = () => void Promise.resolve(retry()).catch(() => {});
  return <Failure what={what} why={reasonOf(error)} action={<Button onClick={again}>Try again</Button>} />;
}
