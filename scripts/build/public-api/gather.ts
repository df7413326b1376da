import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

/** A declaration of the public API: exported by name, or met in what one of these says. */
export interface Declared {
  readonly name: string;
  /** The module, relative to the repository, without its ending. */
  readonly module: string;
  readonly text: string;
}

/** Where following ends: settings have a page of their own, and what is outside of the project its own types. */
const NOT_FOLLOWED = /^src\/(config\/(schema\/|pipeline-settings$)|adapters\/)/;

/**
 * What the compiler declares under the names that a module exports, and under every name met in that, sorted by module and name. Comments are no
 * part of it. Declarations are those that users' compilers read, inferred types included.
 */
export function gatherDeclarations(entry: string): Declared[] {
  const emitted = declarationsOf(entry);
  const found = new Map<string, Declared>();
  const waiting = exportedBy(emitted(resolve(entry)), emitted);
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { file, name } = place;
    const module = relative(process.cwd(), file.fileName).replace(/\.ts$/, "");
    const key = `${module} ${name}`;
    if (found.has(key)) continue;
    const statements = declaring(file, name);
    const text = statements.map((one) => plain(one, file)).join("\n");
    found.set(key, { name, module, text });
    if (NOT_FOLLOWED.test(module)) found.set(key, { name, module, text: "" });
    else waiting.push(...statements.flatMap((one) => namesIn(one, file, emitted)));
  }
  const all = [...found.values()].filter(({ text }) => text !== "");
  const keyOf = ({ module, name }: Declared) => `${module} ${name}`;
  return all.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** A name at the top of a module. */
interface Place {
  readonly file: ts.SourceFile;
  readonly name: string;
}

type Emitted = (file: string) => ts.SourceFile;

/** The declaration files of a program, made when they are first asked for. */
function declarationsOf(entry: string): Emitted {
  const { config } = ts.readConfigFile("tsconfig.build.json", (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const only = {
    ...options,
    noCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    incremental: false,
  };
  const { tsBuildInfoFile: _, ...settings } = { ...only, declarationMap: false, composite: false };
  const program = ts.createProgram([resolve(entry)], settings);
  const made = new Map<string, ts.SourceFile>();
  return (file) => {
    const known = made.get(file);
    if (known !== undefined) return known;
    let text = "";
    const written = (_name: string, said: string) => {
      text = said;
    };
    program.emit(program.getSourceFile(file), written, undefined, true);
    const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    made.set(file, parsed);
    return parsed;
  };
}

/** The names that a module exports, where they are declared. */
function exportedBy(file: ts.SourceFile, emitted: Emitted): Place[] {
  const own = file.statements.filter(isExported).flatMap((statement) => namesOf(statement, file));
  const handed = file.statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const from = sourceOf(statement, file);
    const { exportClause: clause } = statement;
    if (from === undefined || clause === undefined || !ts.isNamedExports(clause)) return [];
    return clause.elements.map(({ name, propertyName }) =>
      placed(from, (propertyName ?? name).text, emitted),
    );
  });
  return [...own.map((name) => ({ file, name })), ...handed];
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

/** The names that a statement declares. */
function namesOf(statement: ts.Statement, file: ts.SourceFile): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText(file));
  const { name } = statement as { readonly name?: ts.Node };
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

/** Follows a name through modules that hand it on. */
function placed(file: string, name: string, emitted: Emitted): Place {
  const module = emitted(file);
  for (const statement of module.statements.filter(ts.isExportDeclaration)) {
    const { exportClause: clause } = statement;
    const from = sourceOf(statement, module);
    if (from === undefined || clause === undefined || !ts.isNamedExports(clause)) continue;
    const handed = clause.elements.find((one) => one.name.text === name);
    if (handed !== undefined) return placed(from, (handed.propertyName ?? handed.name).text, emitted);
  }
  return { file: module, name };
}

/** The module of the project that a statement takes from. */
function sourceOf(
  { moduleSpecifier: said }: ts.ExportDeclaration | ts.ImportDeclaration,
  file: ts.SourceFile,
): string | undefined {
  if (said === undefined || !ts.isStringLiteral(said) || !said.text.startsWith(".")) return undefined;
  return join(dirname(file.fileName), said.text).replace(/\.js$/, ".ts");
}

function declaring(file: ts.SourceFile, name: string): ts.Statement[] {
  return file.statements.filter((statement) => namesOf(statement, file).includes(name));
}

/** What a declaration speaks of: names of its own module, and those that this imports. */
function namesIn(statement: ts.Statement, file: ts.SourceFile, emitted: Emitted): Place[] {
  const places: Place[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      if (declaring(file, node.text).length > 0) places.push({ file, name: node.text });
      else places.push(...importedAs(node.text, file, emitted));
    }
    node.forEachChild(visit);
  };
  statement.forEachChild(visit);
  return places;
}

function importedAs(name: string, file: ts.SourceFile, emitted: Emitted): Place[] {
  return file.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
    const names = statement.importClause?.namedBindings;
    const from = sourceOf(statement, file);
    if (from === undefined || names === undefined || !ts.isNamedImports(names)) return [];
    const taken = names.elements.filter((one) => one.name.text === name);
    return taken.map((one) => placed(from, (one.propertyName ?? one.name).text, emitted));
  });
}

const PRINTER = ts.createPrinter({ removeComments: true });

function plain(statement: ts.Statement, file: ts.SourceFile): string {
  return PRINTER.printNode(ts.EmitHint.Unspecified, statement, file);
}
