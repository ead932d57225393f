"""Prints the syntax errors in the files that the arguments name, and their imports of missing local modules. Executes nothing.

A line is `file:line:column: message`, or `file:line:column: missing_import: message`.
"""

import ast
import os
import sys
import warnings


def report(path, line, column, message):
    print(f"{path}:{line or 1}:{column or 1}: {message}".replace("\n", " "))


def parse(path):
    with open(path, "rb") as file:
        source = file.read()
    try:
        tree = ast.parse(source, path)
        # Some errors, such as `return` outside a function, are found only when code is generated.
        compile(source, path, "exec", dont_inherit=True)
        return tree
    except SyntaxError as error:
        report(path, error.lineno, error.offset, error.msg)
    except (ValueError, MemoryError, RecursionError) as error:
        report(path, 1, 1, f"cannot be parsed: {error}")
    return None


def is_module(path):
    return os.path.isfile(path + ".py") or os.path.isdir(path)


def is_local(parts, folder):
    """Whether a module would be found, or is not a local one at all."""
    return not os.path.isdir(os.path.join(folder, parts[0])) or is_module(os.path.join(folder, *parts))


def modules(node, path):
    """The modules that an import names: their parts, the folder in which they are looked for, and whether they must be local."""
    if isinstance(node, ast.Import):
        return [(alias.name.split("."), ".", False) for alias in node.names]
    parts = node.module.split(".") if node.module else []
    folder = os.path.join(os.path.dirname(path), *[".."] * (node.level - 1)) if node.level else "."
    return [(parts, folder, node.level > 0)] if parts else []


def check_imports(tree, path):
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        for parts, folder, must_be_local in modules(node, path):
            found = is_module(os.path.join(folder, *parts)) if must_be_local else is_local(parts, folder)
            if not found:
                report(path, node.lineno, node.col_offset + 1, f"missing_import: no file for the module {'.'.join(parts)}")


warnings.simplefilter("ignore")
for path in sys.argv[1:]:
    tree = parse(path)
    if tree is not None:
        check_imports(tree, path)
