/** Where a value came from, in words: `the run’s inputs`, `stage 2, output.log`. */
export function sourceInWords(path: string): string {
  if (path === 'inputs' || path.startsWith('inputs.')) return 'the run’s inputs';
  if (path === 'notes') return 'what was said of the answer before';
  if (path === 'output') return 'the answer before';
  const [, order, rest] = path.match(/^stage_(\d+)\.?(.*)$/) ?? [];
  if (order === undefined) return path;
  return rest ? `stage ${order}, ${rest}` : `stage ${order}`;
}
