import { useConnection } from '@footlight/client/react';
import { useEffect, useEffectEvent, useRef } from 'react';

/** Calls `act` each time that a connection which was lost is there again. */
export function useWhenBack(act: () => void): void {
  const connection = useConnection();
  const wasLost = useRef(false);
  const back = useEffectEvent(act);
  useEffect(() => {
    if (connection === 'lost') wasLost.current = true;
    if (connection !== 'open' || !wasLost.current) return;
    wasLost.current = false;
    back();
  }, [connection]);
}
