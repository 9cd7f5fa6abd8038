import { fullMoment, moment } from './time.ts';

/** A point in time, short, with all of it as its title. */
export function Moment({ at, className }: { at: string; className?: string }) {
  return (
    <time dateTime={at} title={fullMoment(at)} className={className}>
      {moment(at)}
    </time>
  );
}
