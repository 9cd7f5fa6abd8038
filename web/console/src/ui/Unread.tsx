import { Button } from './Button.tsx';
import { reasonOf } from './failure.ts';
import { Failure } from './Quiet.tsx';

/** What could not be read, why, and another try. When a connection that was lost is back it is tried by itself. */
export function Unread({ what, error, retry }: { what: string; error: unknown; retry: (() => unknown) | null }) {
  const again = async ({ currentTarget }: React.MouseEvent) => {
    const place = currentTarget.closest<HTMLElement>('dialog, main');
    try {
      await retry?.();
    } catch {
      // Why it failed again stands here then.
    }
    // Where the button went meanwhile, who pressed it stays where that was.
    if (document.activeElement === document.body) place?.focus({ preventScroll: true });
  };
  return <Failure what={what} why={reasonOf(error)} action={retry && <Button onClick={again}>Try again</Button>} />;
}
