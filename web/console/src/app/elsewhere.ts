// What one page of this browser did to a workflow, told to its others: no event of the server says that a workflow changed.

import { useEffect, useEffectEvent } from 'react';

/** One for the page: it does not hear what it says itself. */
let opened: BroadcastChannel | null = null;

function channel(): BroadcastChannel {
  opened ??= new BroadcastChannel('footlight.workflows');
  return opened;
}

export const tellElsewhere = (workflowId: string): void => channel().postMessage(workflowId);

/** Calls `hear` when another page has changed this workflow, or taken it away. */
export function useElsewhere(workflowId: string, hear: () => void): void {
  const latest = useEffectEvent(hear);
  useEffect(() => {
    const listen = ({ data }: MessageEvent) => {
      if (data === workflowId) latest();
    };
    channel().addEventListener('message', listen);
    return () => channel().removeEventListener('message', listen);
  }, [workflowId]);
}
