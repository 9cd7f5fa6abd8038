/** Every page's path. The build writes them to routes.json, by which the server knows what the page routes. */
export const paths = {
  workflows: '/',
  workflow: '/workflows/$workflowId',
  start: '/workflows/$workflowId/start',
  workflowSnapshots: '/workflows/$workflowId/snapshots',
  runs: '/runs',
  run: '/runs/$runId',
  inbox: '/inbox',
  letter: '/inbox/$logId',
  snapshots: '/snapshots',
  compare: '/compare',
  models: '/models',
  settings: '/settings',
} as const;
