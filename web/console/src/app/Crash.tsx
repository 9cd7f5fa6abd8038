import { footlightErrors } from '@footlight/client';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Button } from '../ui/Button.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { isUnloaded } from './unloaded.ts';
import { useWhenBack } from './useWhenBack.ts';

/** A page that could not be shown: why, and the way on. Where the server was away, it goes on by itself. */
export function Crash({ error }: { error: unknown }) {
  const router = useRouter();
  const again = () => router.invalidate();
  useWhenBack(again);
  useEffect(() => {
    document.title = 'Footlight';
  }, []);
  const [first] = footlightErrors(error);
  const why = first?.message ?? (error instanceof Error ? error.message : String(error));
  if (!isUnloaded(error)) {
    return (
      <Failure what="This page could not be shown" why={why} action={<Button onClick={again}>Try again</Button>} />
    );
  }
  return (
    <Failure
      what="This page did not come"
      why="The server is away, or it has a newer version than what is open here."
      action={
        <>
          <Button onClick={again}>Try again</Button>
          <Button onClick={() => window.location.reload()}>Open the newer version</Button>
        </>
      }
    />
  );
}
