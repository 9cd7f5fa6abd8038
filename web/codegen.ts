import type { CodegenConfig } from '@graphql-codegen/cli';

/** Only the documents below this folder, when one is named: a fault elsewhere is not in the way then. */
const folder = process.env.FOLDER ?? 'console/src';

/**
 * A document `Runs.graphql` becomes `Runs.generated.ts` beside it: its types, and the document parsed, so that no
 * parser is needed in the browser.
 */
const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: `${folder}/**/*.graphql`,
  generates: {
    'console/src/': {
      preset: 'near-operation-file',
      presetConfig: { extension: '.generated.ts', baseTypesPath: 'schema.generated.ts' },
      plugins: ['typescript-operations', 'typed-document-node'],
    },
    'console/src/schema.generated.ts': {
      plugins: ['typescript'],
    },
  },
  config: {
    defaultScalarType: 'unknown',
    scalars: { DateTime: 'string', ID: 'string' },
    strictScalars: false,
    useTypeImports: true,
    enumsAsTypes: true,
    skipTypename: false,
    nonOptionalTypename: true,
    documentMode: 'documentNode',
    optimizeDocumentNode: true,
    onlyOperationTypes: true,
    skipTypeNameForRoot: true,
    inlineFragmentTypes: 'mask',
    customDirectives: { apolloUnmask: true },
  },
};

export default config;
