/** Shapes of well-known keys and tokens: of what must not stand in a manifest, and must not be indexed. */

export interface SecretShape {
  readonly pattern: RegExp;
  /** The environment variable that usually holds it. */
  readonly variable: string;
}

export const SECRET_SHAPES: readonly SecretShape[] = [
  {
    pattern: /(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}/g,
    variable: 'OPENAI_API_KEY',
  },
  {
    pattern: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g,
    variable: 'GITHUB_TOKEN',
  },
  { pattern: /(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{16,}/g, variable: 'GITLAB_TOKEN' },
  { pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])/g, variable: 'AWS_ACCESS_KEY_ID' },
  { pattern: /(?<![A-Za-z0-9_])AIza[A-Za-z0-9_-]{35}/g, variable: 'GOOGLE_API_KEY' },
  { pattern: /(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{30,}/g, variable: 'HF_TOKEN' },
  { pattern: /(?<![A-Za-z0-9_])xox[abprs]-[A-Za-z0-9-]{10,}/g, variable: 'SLACK_TOKEN' },
  { pattern: /(?<![A-Za-z0-9_])xapp-\d-[A-Za-z0-9-]{10,}/g, variable: 'SLACK_APP_TOKEN' },
  { pattern: /(?<![A-Za-z0-9_])(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}/g, variable: 'STRIPE_API_KEY' },
  { pattern: /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g, variable: 'NPM_TOKEN' },
  { pattern: /(?<![A-Za-z0-9_])pypi-AgE[A-Za-z0-9_-]{40,}/g, variable: 'PYPI_TOKEN' },
  {
    pattern: /(?<![A-Za-z0-9_])SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}/g,
    variable: 'SENDGRID_API_KEY',
  },
  { pattern: /(?<![A-Za-z0-9_-])ck-[A-Za-z0-9]{30,}/g, variable: 'CHROMA_API_KEY' },
  {
    pattern: /(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{10,300}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{10,}/g,
    variable: 'TOKEN',
  },
  { pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/g, variable: 'PRIVATE_KEY' },
];
