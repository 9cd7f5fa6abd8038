import { footlightErrors } from '@footlight/client';
import { useRouter } from '@tanstack/react-router';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Quiet.tsx';

/** A page that could not be shown: why, and the way on. */
export function Crash({ error }: { error: unknown }) {
  const router = useRouter();
  const [first] = footlightErrors(error);
  const why = first?.message ?? (error instanceof Error ? error.message : String(error));
  return (
    <Failure
      what="This page could not be shown"
      why={why}
      action={<Button onClick={() => router.invalidate()}>Try again</Button>}
    />
  );
}
