import { memo } from 'react';

/** The paths that fields of paths propose: they are many, and seldom others. */
export const PathList = memo(function PathList({ id, paths }: { id: string; paths: readonly string[] }) {
  return (
    <datalist id={id}>
      {paths.map((path) => (
        <option key={path} value={path} />
      ))}
    </datalist>
  );
});
