import { CompileCache } from '../compile-cache/compile-cache.ts';
import { Compiler } from '../compile-cache/compiler.ts';
import { ArtefactStore } from '../compile-cache/store.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './parts.ts';

/** The compiler, with its cache on disk unless the cache is disabled. */
export function createCompiling({ config, logger, metrics }: Foundation) {
  const { maxBytes } = config.compileCache;
  const store = new ArtefactStore({
    ...config.compileCache,
    onError: (error) => {
      metrics.compileCacheFailed();
      logger.warn({ err: error }, 'compile cache error');
    },
  });
  const compiler = new Compiler(maxBytes > 0 ? new CompileCache(store, maxBytes) : undefined);
  const part: Part = { name: 'compile cache', stop: () => store.settle() };
  return { store, compiler, part };
}
