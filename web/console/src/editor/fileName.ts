/** What the file of a workflow is called. */
export function fileName(workflow: string): string {
  const name = workflow
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
  return `${name || 'workflow'}.json`;
}
