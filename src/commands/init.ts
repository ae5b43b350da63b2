import { basename, resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { asManifestId, asSourceId, starterFiles } from '../cli/starter/starter-files.js';
import { type Survey, surveyFolder } from '../cli/starter/survey-folder.js';
import { writeStarter } from '../cli/starter/write-starter.js';
import { IngestError } from '../domain/errors.js';
import { EXIT } from '../domain/results.js';
import { safe, safeJson } from '../report/escape.js';
import { plural } from '../report/layout.js';

export default class Init extends BaseCommand {
  static override summary = 'Write a starter manifest and contract, after looking at the folder.';
  static override description =
    'Finds the folder with the most documents and what their front matter holds. On a terminal it asks; else it takes what it found. Never overwrites a file.';
  static override examples = [
    '<%= config.bin %> init',
    '<%= config.bin %> init --root handbook --id support-docs',
  ];
  static override flags = {
    root: Flags.string({ helpValue: 'FOLDER', description: 'where the documents are' }),
    id: Flags.string({ helpValue: 'ID', description: 'manifest_id; default: from the name of the folder' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Init);
    const { cwd } = this.openSession(flags).options;
    const survey = await this.#survey(cwd, flags.root);
    const id =
      flags.id ?? (await this.#ask('What is the index called?', asManifestId(basename(resolve(cwd)))));
    const written = writeStarter(
      cwd,
      starterFiles({ manifestId: asManifestId(id), sourceId: asSourceId(survey.root), survey }),
    );
    if (flags.json) await this.terminal.out([safeJson({ written, ...survey })]);
    else {
      await this.terminal.out([
        survey.documents === 0
          ? `Found     nothing that can be read in ${safe(survey.root)} yet`
          : `Found     ${plural(survey.documents, 'document')} in ${safe(survey.root)}, ${plural(survey.keys.length, 'metadata key')}`,
        ...written.map((path) => `Wrote     ${safe(path)}`),
        'Next      ingest validate, then ingest plan',
      ]);
    }
    return EXIT.ok;
  }

  async #survey(cwd: string, given: string | undefined): Promise<Survey> {
    if (given !== undefined) return surveyFolder(cwd, given);
    const found = surveyFolder(cwd, undefined);
    for (;;) {
      const root = await this.#ask('Where are the documents?', found.root);
      if (root === found.root) return found;
      try {
        return surveyFolder(cwd, root);
      } catch (error) {
        if (!(error instanceof IngestError)) throw error;
        this.terminal.err([safe(error.message)]);
      }
    }
  }

  async #ask(question: string, proposed: string): Promise<string> {
    if (!this.terminal.interactive) return proposed;
    const answer = await this.terminal.ask(`${question} [${safe(proposed)}] `, this.interruption.signal);
    if (answer === undefined) {
      throw new IngestError('E603', 'the question was closed without an answer; nothing was written', {
        kind: 'input',
        advice: 'Answer it, or give --root and --id.',
      });
    }
    return answer.trim() === '' ? proposed : answer.trim();
  }
}
