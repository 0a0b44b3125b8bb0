#!/bin/sh
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
gcc -std=c11 -O2 -Wall -Isrc -o "$out/test_text" tests/test_text.c src/text.c
"$out/test_text"
