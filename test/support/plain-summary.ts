/** Vitest reporter for CI: names what was skipped and failed, and ends with `N passed, N failed, N skipped`. */
import type { Reporter, TestModule } from 'vitest/node';

export default class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    const lines: string[] = [];
    for (const module of modules) {
      const file = module.relativeModuleId;
      for (const error of module.errors()) {
        count.failed++;
        lines.push(`FAILED   ${file}: ${error.message}`);
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') count.passed++;
        else if (state === 'failed') count.failed++;
        else count.skipped++;
        if (state !== 'passed')
          lines.push(`${state === 'failed' ? 'FAILED ' : 'SKIPPED'}  ${file} > ${test.fullName}`);
      }
    }
    lines.push(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
}
