import { useQuery } from '@apollo/client/react';
import { Fragment, useRef } from 'react';
import { useExact } from '../exact/useExact.ts';
import { useWasSeen } from '../ui/useWasSeen.ts';
import { firstGiven } from './given.ts';
import { RunGivenDocument } from './RunGiven.generated.ts';

/**
 * What a run of a list was given, in a line that runs the way of its first value, so that its beginning is not what is
 * cut. It is read once somebody has come to see it.
 */
export function Given({ id, className }: { id: string; className: string | undefined }) {
  const place = useRef<HTMLSpanElement>(null);
  const variables = { id };
  const brought = useQuery(RunGivenDocument, { variables, skip: !useWasSeen(place) });
  const { data } = useExact(RunGivenDocument, variables, brought);
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
