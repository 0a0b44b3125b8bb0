# Builds the tests in a temporary directory and runs them.
set -e
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
gcc -std=c11 -Wall -Wextra -g -Isrc -o "$out/tests" tests/test_queue.c src/queue.c
"$out/tests"
