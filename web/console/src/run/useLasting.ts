import { inNextFrame } from '@footlight/client';
import { useEffect, useRef, useState } from 'react';
import type { Sentence } from './sentence.ts';

/** In milliseconds. What a run only passes through, as between two of its stages, is over by then. */
const A_MOMENT = 300;
/** Where it never rests, what stands there is told after so long. */
const LONGEST = 1500;

/**
 * What is said of the run once it has held for a moment: it is read out, and nothing may be said that is over before it is
 * heard. What has ended is said at once (`isAtOnce`), and so is what follows upon its being read.
 */
export function useLasting(sentence: Sentence, isAtOnce: boolean): Sentence {
  const key = `${sentence.word} ${JSON.stringify(sentence.parts)}`;
  const [said, setSaid] = useState({ key, sentence, isAtOnce });
  const isSaid = said.key === key;
  /** Since when something else is to be said than is. */
  const since = useRef<number | null>(null);
  const isNow = isAtOnce || said.isAtOnce;
  if (isNow && !isSaid) setSaid({ key, sentence, isAtOnce });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is all of the sentence.
  useEffect(() => {
    if (isSaid) {
      since.current = null;
      return;
    }
    since.current ??= Date.now();
    let callOff = () => {};
    const timer = setTimeout(
      () => {
        since.current = null;
        callOff = inNextFrame(() => setSaid({ key, sentence, isAtOnce: false }));
      },
      Math.max(0, Math.min(A_MOMENT, since.current + LONGEST - Date.now())),
    );
    return () => {
      clearTimeout(timer);
      callOff();
    };
  }, [isSaid, key]);
  return isNow || isSaid ? sentence : said.sentence;
}
