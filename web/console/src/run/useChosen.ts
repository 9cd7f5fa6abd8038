import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { paths } from '../paths.ts';

const route = getRouteApi(paths.run);

/** The attempt in the margin, as the URL says. */
export function useChosen(): { chosen: string | null; choose: (logId: string | null) => void } {
  const { log = null } = route.useSearch();
  const navigate = route.useNavigate();
  const choose = useCallback(
    (logId: string | null) => {
      const search = ({ time }: { time?: 'lane' | 'score' }) => ({
        ...(time ? { time } : {}),
        ...(logId === null ? {} : { log: logId }),
      });
      navigate({ search, replace: true, resetScroll: false });
    },
    [navigate],
  );
  return { chosen: log, choose };
}
