import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    testTimeout: 15_000,
    hookTimeout: 15_000,
    coverage: {
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      thresholds: {
        lines: 95,
        branches: 90,
        'src/wire/**': { branches: 100 },
        'src/auth/**': { branches: 100 },
      },
    },
  },
});
