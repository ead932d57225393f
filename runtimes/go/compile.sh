#!/bin/sh
# Builds a package beneath the working directory, `.` where none is named, into /tmp/.code-runner/main.
out=/tmp/.code-runner/main
package=${1:-.}
set --
mkdir -p "${out%/*}"

# The cache is read-only. go can live with that but for one thing: it insists on storing an index of every source folder that has not
# changed within the last two seconds. Folders that seem to have just changed it leaves alone.
find . -name '*.go' -exec touch -d tomorrow {} +

# Sources without a go.mod are the module `main`; the file exists only in the eyes of the compiler.
if [ ! -e go.mod ]; then
    set -- -overlay=/opt/code-runner/overlay.json
fi

# A compilation is short, so collecting garbage costs more than it gives; the limit keeps a long one within the sandbox.
GODEBUG='' GOGC=off GOMEMLIMIT=80MiB go build -buildvcs=false -ldflags=-s -o "$out" "$@" "$package" || exit

# go build has no objection to a library.
if [ ! -x "$out" ]; then
    echo 'nothing to run: the sources are not of package main' >&2
    exit 1
fi
