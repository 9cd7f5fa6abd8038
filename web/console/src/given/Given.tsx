import { useQuery } from '@apollo/client/react';
import { Fragment, useRef } from 'react';
import { useWasSeen } from '../ui/useWasSeen.ts';
import { firstGiven } from './given.ts';
import { RunGivenDocument } from './RunGiven.generated.ts';

/**
 * What a run of a list was given, in a line that runs the way of its first value, so that its beginning is not what is
 * cut. It is read once somebody has come to see it.
 */
export function Given({ id, className }: { id: string; className: string | undefined }) {
  const place = useRef<HTMLSpanElement>(null);
  const { data } = useQuery(RunGivenDocument, { variables: { id }, skip: !useWasSeen(place) });
  return (
    <span ref={place} className={className} dir="auto">
      {firstGiven(data?.execution?.executionInputs).map(({ name, text }, index) => (
        <Fragment key={name}>
          {index > 0 && ', '}
          <bdi>{name}</bdi>: {text}
        </Fragment>
      ))}
    </span>
  );
}
