import { useEffect, useEffectEvent } from 'react';

/** Calls `act`, which does not fail, each time that somebody comes back to the page. */
export function useWhenLookedAt(act: () => Promise<unknown>): void {
  const look = useEffectEvent(act);
  useEffect(() => {
    let isActing = false;
    const come = async () => {
      if (isActing || document.visibilityState === 'hidden') return;
      isActing = true;
      await look();
      isActing = false;
    };
    window.addEventListener('focus', come);
    document.addEventListener('visibilitychange', come);
    return () => {
      window.removeEventListener('focus', come);
      document.removeEventListener('visibilitychange', come);
    };
  }, []);
}
