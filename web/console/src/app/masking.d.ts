import type { GraphQLCodegenDataMasking } from '@apollo/client/masking';

// A fragment's fields are known where the fragment is read, and nowhere else.
declare module '@apollo/client' {
  export interface TypeOverrides extends GraphQLCodegenDataMasking.TypeOverrides {}
}
