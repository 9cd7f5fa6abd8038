import { Fragment } from 'react';
import type { StagePair } from './pairs.ts';

const both = <Told,>({ left, right }: StagePair, tell: (stage: NonNullable<StagePair['left']>) => Told): Told[] => [
  ...new Set([left, right].flatMap((stage) => (stage ? [tell(stage)] : []))),
];

/** Where it stands on the left, and on the right where that is another place. */
export const numberOf = (pair: StagePair): string => both(pair, ({ stageOrder }) => stageOrder).join(' → ');

/** What it is called on the left, and on the right where that is something else. */
export function StageNames({ pair }: { pair: StagePair }) {
  return both(pair, ({ name, stageOrder }) => name ?? `Stage ${stageOrder}`).map((name, index) => (
    <Fragment key={name}>
      {index > 0 && ' → '}
      <bdi>{name}</bdi>
    </Fragment>
  ));
}
