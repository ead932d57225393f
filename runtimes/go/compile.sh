#!/bin/sh
# Builds the package $1 (default: the working directory) and writes the program to /tmp/.code-runner/main.
out=/tmp/.code-runner/main
package=${1:-.}
set --
mkdir -p "${out%/*}"

# The cache is read-only, but go fails if it cannot store an index of a source folder. It stores none for a folder that has changed
# within the last two seconds, so the files get a time in the future.
find . -name '*.go' -exec touch -d tomorrow {} +

# If there is no go.mod, an overlay shows one for the module `main` to the compiler. It is not written to the working directory.
if [ ! -e go.mod ]; then
    set -- -overlay=/opt/code-runner/overlay.json
fi

# Compiling is short, so garbage collection would cost more than it saves. The limit enables it before the sandbox runs out of memory.
GODEBUG='' GOGC=off GOMEMLIMIT=80MiB go build -buildvcs=false -ldflags=-s -o "$out" "$@" "$package" || exit

# go build also succeeds for a library.
if [ ! -x "$out" ]; then
    echo 'nothing to run: the sources are not of package main' >&2
    exit 1
fi
