#!/bin/sh
# Builds the Cargo package in the working directory, or else the file $1 (default: main.rs). Writes the program to /tmp/.code-runner/main.
out=/tmp/.code-runner/main
main=${1:-main.rs}
mkdir -p "${out%/*}"

# mold links faster than ld. One codegen unit produces the fastest code. On one core it also takes the least time and memory.
flags='-C link-arg=-fuse-ld=mold'

# Makes `use sdk::…` work without a declaration, unless the caller has a module or crate named sdk, which would be ambiguous.
if ! grep -qsE '^[[:space:]]*(pub )?mod sdk\b' -r --include='*.rs' . && ! grep -qs '\bsdk\b' Cargo.toml; then
    flags="$flags --extern sdk=/opt/code-runner/libsdk.rlib"
fi

if [ ! -e Cargo.toml ]; then
    # shellcheck disable=SC2086 # each flag is a separate argument
    exec rustc --edition 2021 -O -C codegen-units=1 -C strip=debuginfo $flags -o "$out" "$main"
fi

# Cargo expects src/main.rs. If main.rs is next to Cargo.toml, a link makes it and its modules appear in src.
# The link, and the lock file that Cargo writes, are removed afterwards.
links=
if [ ! -e src ] && [ -e main.rs ] && ! grep -qE '^[[:space:]]*\[\[bin\]\]' Cargo.toml; then
    ln -s . src
    links=src
elif [ ! -e src/main.rs ] && [ -e main.rs ] && ! grep -qE '^[[:space:]]*\[\[bin\]\]' Cargo.toml; then
    ln -s ../main.rs src/main.rs
    links=src/main.rs
fi
[ -e Cargo.lock ] || links="$links Cargo.lock"

# `cargo run` selects the default binary. Its runner here is `mv`, which moves the binary to $out.
CARGO_TARGET_DIR=/tmp/.code-runner/target CARGO_BUILD_RUSTFLAGS="$flags" \
    cargo --config "target.'cfg(all())'.runner = ['mv', '-f']" run --quiet --offline --release -- "$out"
status=$?
# shellcheck disable=SC2086 # zero or more names without spaces
rm -rf /tmp/.code-runner/target $links
exit $status
