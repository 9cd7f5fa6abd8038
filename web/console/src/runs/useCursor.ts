import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { runsRoute } from './routes.ts';
import { useSettled } from '../ui/useSettled.ts';

const REST = 150;

/**
 * The chosen run. It moves at once, and the address follows once it rests: browsers refuse an address that changes with
 * every press of a key that is held down.
 */
export function useCursor(): { chosen: string | undefined; rested: string | undefined; choose: (id: string) => void } {
  const { chosen: inAddress } = runsRoute.useSearch();
  const navigate = useNavigate({ from: '/runs' });
  const [chosen, choose] = useState(inAddress);
  const rested = useSettled(chosen, REST);
  const written = useRef(inAddress);
  useEffect(() => {
    if (rested === undefined || rested === written.current) return;
    written.current = rested;
    navigate({ search: (search) => ({ ...search, chosen: rested }), replace: true, resetScroll: false });
  }, [rested, navigate]);
  // Back and links change it from outside.
  useEffect(() => {
    if (inAddress === written.current) return;
    written.current = inAddress;
    choose(inAddress);
  }, [inAddress]);
  return { chosen, rested, choose };
}
