import { useRouteContext } from '@tanstack/react-router';
import { useState } from 'react';

export type Samples = Readonly<Record<string, string>>;

/** Values of inputs to look at a draft with, and to try it on: kept in this tab, by person and workflow. */
export function useSamples(workflowId: string): [samples: Samples, set: (name: string, value: string) => void] {
  const { session } = useRouteContext({ from: '__root__' });
  const key = `footlight.samples.${session.userId()}.${workflowId}`;
  const [samples, setSamples] = useState(() => readSamples(sessionStorage.getItem(key)));
  const set = (name: string, value: string) => {
    const next = { ...samples, [name]: value };
    setSamples(next);
    try {
      sessionStorage.setItem(key, JSON.stringify(next));
    } catch {
      // Too long to be kept over a reload; on the page it is all the same.
    }
  };
  return [samples, set];
}

export function readSamples(stored: string | null): Samples {
  return stored === null ? {} : JSON.parse(stored);
}

/** Those of them that the draft asks for; undefined where none is given. */
export function samplesFor(names: readonly string[], samples: Samples): Samples | undefined {
  const given = names.flatMap((name) => (samples[name] ? [[name, samples[name]] as const] : []));
  return given.length === 0 ? undefined : Object.fromEntries(given);
}
