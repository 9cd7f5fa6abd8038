import { useQuery } from '@apollo/client/react';
import { useRef } from 'react';
import { useWasSeen } from '../ui/useWasSeen.ts';
import { givenInLine } from './given.ts';
import { RunGivenDocument } from './RunGiven.generated.ts';

/** What a run of a list was given, in a line. It is read once somebody has come to see it. */
export function Given({ id, className }: { id: string; className: string | undefined }) {
  const place = useRef<HTMLSpanElement>(null);
  const { data } = useQuery(RunGivenDocument, { variables: { id }, skip: !useWasSeen(place) });
  return (
    <span ref={place} className={className} dir="auto">
      {givenInLine(data?.execution?.executionInputs)}
    </span>
  );
}
