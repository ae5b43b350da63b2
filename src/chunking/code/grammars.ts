/**
 * The grammars at hand, by the name of the parser that read the document, each loaded at its first document.
 * Their trees decide where cuts are made: the versions of these libraries belong to the version of the `code`
 * chunker, which is pinned when an index is first applied. An update that moves boundaries needs a new one.
 */
import type { Grammar } from './grammar.js';
import type { LanguageRules } from './read-outline.js';

const JAVASCRIPT: LanguageRules = {
  kinds: {
    FunctionDeclaration: 'function',
    ClassDeclaration: 'class',
    MethodDeclaration: 'method',
    PropertyDeclaration: 'property',
    InterfaceDeclaration: 'interface',
    TypeAliasDeclaration: 'type',
    EnumDeclaration: 'enum',
    NamespaceDeclaration: 'namespace',
    VariableDeclaration: 'const',
  },
  names: [
    'VariableDefinition',
    'TypeDefinition',
    'PropertyDefinition',
    'PrivatePropertyDefinition',
    'String',
    'VariableName',
  ],
  wrappers: ['ExportDeclaration', 'AmbientDeclaration'],
  topOnly: ['VariableDeclaration'],
};

const PYTHON: LanguageRules = {
  kinds: { FunctionDefinition: 'def', ClassDefinition: 'class' },
  names: ['VariableName'],
  wrappers: ['DecoratedStatement'],
};

const JAVA: LanguageRules = {
  kinds: {
    ClassDeclaration: 'class',
    InterfaceDeclaration: 'interface',
    EnumDeclaration: 'enum',
    RecordDeclaration: 'record',
    AnnotationTypeDeclaration: '@interface',
    MethodDeclaration: 'method',
    ConstructorDeclaration: 'constructor',
  },
  names: ['Definition'],
};

const CPP: LanguageRules = {
  kinds: {
    FunctionDefinition: 'function',
    ClassSpecifier: 'class',
    StructSpecifier: 'struct',
    UnionSpecifier: 'union',
    EnumSpecifier: 'enum',
    NamespaceDefinition: 'namespace',
  },
  names: [
    'Identifier',
    'TypeIdentifier',
    'FieldIdentifier',
    'ScopedIdentifier',
    'ScopedTypeIdentifier',
    'DestructorName',
    'OperatorName',
  ],
  through: ['FunctionDeclarator', 'PointerDeclarator', 'ReferenceDeclarator'],
  wrappers: ['TemplateDeclaration'],
};

const RUST: LanguageRules = {
  kinds: {
    FunctionItem: 'fn',
    StructItem: 'struct',
    EnumItem: 'enum',
    UnionItem: 'union',
    TraitItem: 'trait',
    ImplItem: 'impl',
    ModItem: 'mod',
    MacroDefinition: 'macro_rules!',
  },
  names: ['BoundIdentifier', 'TypeIdentifier', 'Identifier'],
  wrappers: ['AttributeItem'],
  upTo: { ImplItem: 'DeclarationList' },
};

const GO: LanguageRules = {
  kinds: { FunctionDecl: 'func', MethodDecl: 'func', TypeDecl: 'type' },
  names: ['DefName'],
  through: ['TypeSpec'],
  upTo: { MethodDecl: 'Block' },
};

const PHP: LanguageRules = {
  kinds: {
    FunctionDefinition: 'function',
    ClassDeclaration: 'class',
    InterfaceDeclaration: 'interface',
    TraitDeclaration: 'trait',
    EnumDeclaration: 'enum',
    MethodDeclaration: 'method',
  },
  names: ['Name'],
};

const javascript = (dialect: string) => async (): Promise<Grammar> => {
  const [{ parser }, { lezerGrammar }] = await Promise.all([
    import('@lezer/javascript'),
    import('./read-outline.js'),
  ]);
  return lezerGrammar(parser.configure({ dialect }), JAVASCRIPT);
};

const lezer =
  (load: () => Promise<{ readonly parser: import('@lezer/common').Parser }>, rules: LanguageRules) =>
  async (): Promise<Grammar> => {
    const [{ parser }, { lezerGrammar }] = await Promise.all([load(), import('./read-outline.js')]);
    return lezerGrammar(parser, rules);
  };

const GRAMMARS: Readonly<Record<string, () => Promise<Grammar>>> = {
  javascript: javascript('jsx'),
  typescript: javascript('ts'),
  tsx: javascript('ts jsx'),
  python: lezer(() => import('@lezer/python'), PYTHON),
  java: lezer(() => import('@lezer/java'), JAVA),
  c: lezer(() => import('@lezer/cpp'), CPP),
  cpp: lezer(() => import('@lezer/cpp'), CPP),
  rust: lezer(() => import('@lezer/rust'), RUST),
  go: lezer(() => import('@lezer/go'), GO),
  php: lezer(() => import('@lezer/php'), PHP),
  json: async () => (await import('./json-outline.js')).JSON_GRAMMAR,
};

/** Undefined: none at hand for this parser's documents; they are cut by blank lines and indentation. */
export async function loadGrammar(parser: string): Promise<Grammar | undefined> {
  return Object.hasOwn(GRAMMARS, parser) ? GRAMMARS[parser]?.() : undefined;
}
