import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { nextCommand } from '../cli/next-command.js';
import { formatFlags, printPlan } from '../cli/output/print-plan.js';
import { chooseDoomed, refuseBesideDestroy } from '../cli/run/choose-doomed.js';
import { failOnFlag, parseFailOn } from '../cli/run/fail-on.js';
import {
  indexFlag,
  planOptions,
  scopeFlags,
  scopeWords,
  timingsFlag,
  verifyFlag,
  whatIfFlag,
} from '../cli/run/plan-flags.js';
import { writeSavedPlan } from '../cli/run/saved-plan.js';
import { EXIT } from '../domain/results.js';
import { plan, summariseWhatIf } from '../pipeline.js';
import { planJson } from '../report/plan-json.js';

export default class Plan extends BaseCommand {
  static override summary = 'Show what apply would change, and why. Changes nothing.';
  static override description =
    'Reads the sources, the recorded state and live Chroma. Needs no embedding key. A saved plan is applied as it was reviewed, or not at all.';
  static override examples = [
    '<%= config.bin %> plan --env prod',
    '<%= config.bin %> plan --env prod --out pr-218.plan',
    "<%= config.bin %> plan --env prod --allow-delete 'handbook/v1/**' --out p",
    '<%= config.bin %> plan --env prod --what-if chunking.max_chars=800',
    "<%= config.bin %> plan --env prod --diff --only 'handbook/guide/**'",
    '<%= config.bin %> plan --env prod --destroy --index support-docs --out end.plan',
    '<%= config.bin %> plan --env prod --format markdown --fail-on withheld,reject',
  ];
  static override flags = {
    ...scopeFlags,
    verify: verifyFlag,
    out: Flags.string({
      helpValue: 'FILE',
      description: 'save the plan, to be applied as reviewed; .gz compresses',
    }),
    ...formatFlags,
    'fail-on': failOnFlag,
    timings: timingsFlag,
    destroy: Flags.boolean({ description: 'plan the end of one index: all that its manifest owns' }),
    index: indexFlag,
    'what-if': whatIfFlag,
    'detailed-exitcode': Flags.boolean({ description: 'exit 2 when there are changes' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Plan);
    const failOn = parseFailOn(flags['fail-on']);
    refuseBesideDestroy(flags);
    const session = this.openSession(flags);
    const desired = flags.destroy ? await chooseDoomed(session, flags.index) : await session.loadDesired();
    const state = await session.openReader(desired.environment);
    const holder = await session.livingHolder(desired.environment, state);
    if (holder !== undefined) {
      this.warnOnce({
        key: 'run-in-progress',
        message: `run ${holder.run_id} is applying now (${holder.user}@${holder.host}, pid ${holder.pid}); what it is doing is not classified`,
        detail: null,
        functional: false,
      });
    }
    const ports = await session.planningPorts(desired.environment, state, holder?.fence);
    const found = await plan(ports, desired, planOptions(flags, flags.verify, flags.destroy), flags);
    try {
      if (flags.out !== undefined) await writeSavedPlan(flags.out, planJson(found));
      const verb = flags.destroy ? 'destroy' : 'apply';
      const apply = flags.out === undefined ? verb : `apply ${flags.out}`;
      const which = flags.destroy
        ? ['--index', found.indexes[0]?.header.manifest_id ?? '']
        : scopeWords(flags);
      const more = flags.out === undefined ? which : [];
      const supposed = flags['what-if'];
      const next = supposed === undefined ? nextCommand(apply, desired.environment, flags, more) : '';
      const whatIf = supposed && summariseWhatIf(found, state, supposed);
      const timings = this.measured?.timings();
      await printPlan(this.terminal, found, flags, next, { timings, whatIf });
      if (failOn(found)) return EXIT.partial;
      return flags['detailed-exitcode'] && found.header.outcome === 'changes' ? EXIT.changes : EXIT.ok;
    } finally {
      found.close();
    }
  }
}
