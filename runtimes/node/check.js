// Prints the syntax errors in the files that the arguments name, as `file:line:column: message`. Executes nothing.
const { readFileSync } = require('node:fs');
const { stripTypeScriptTypes } = require('node:module');
const vm = require('node:vm');

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

const parsers = {
  commonjs: (source, filename) => vm.compileFunction(source, PARAMETERS, { filename }),
  module: (source, filename) => new vm.SourceTextModule(source, { identifier: filename, context: vm.createContext() }),
};

function kindsOf(path, source) {
  if (/\.m[jt]s$/.test(path)) return ['module'];
  if (/\.c[jt]s$/.test(path)) return ['commonjs'];
  return /^\s*(?:import|export)\b/m.test(source) ? ['module', 'commonjs'] : ['commonjs', 'module'];
}

function errorIn(kind, source, path) {
  try {
    parsers[kind](source, path);
    return undefined;
  } catch (error) {
    return error;
  }
}

function withoutTypes(path, source) {
  return /\.[cm]?ts$/.test(path) ? stripTypeScriptTypes(source) : source;
}

/** The stack begins with the place, the source line and a line that marks the column. */
function report(path, error) {
  const [place = '', ...lines] = String(error.stack).split('\n');
  const line = /:(\d+)$/.exec(place)?.[1] ?? 1;
  const caret = lines.find((text) => /^\s*\^+$/.test(text));
  console.log(`${path}:${line}:${(caret?.indexOf('^') ?? 0) + 1}: ${error.message.split('\n')[0]}`);
}

function check(path) {
  const text = readFileSync(path, 'utf8').replace(/^#!.*/, '');
  try {
    const source = withoutTypes(path, text);
    const errors = kindsOf(path, source).map((kind) => errorIn(kind, source, path));
    if (errors.every((error) => error !== undefined)) report(path, errors[0]);
  } catch (error) {
    report(path, error);
  }
}

for (const path of process.argv.slice(2)) check(path);
