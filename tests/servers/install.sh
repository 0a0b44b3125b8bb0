#!/bin/sh
# Installs the servers that `pytest -m servers` meets, below $CAB_SERVERS_DIR (about 2 GB, mostly
# torch). Each goes into a place of its own; the tests themselves install nothing.
# CAB_TORCH names another torch to install, such as torch==2.13.0.
#   CAB_SERVERS_DIR=/some/folder sh tests/servers/install.sh [litellm] [transformers] [npm]
set -eu
: "${CAB_SERVERS_DIR:?name the folder that the servers go to}"
python=${PYTHON:-python3}
mkdir -p "$CAB_SERVERS_DIR"
cd "$CAB_SERVERS_DIR"

litellm() {
    "$python" -m venv litellm
    litellm/bin/pip install -q 'litellm[proxy]'
}

transformers() {
    "$python" -m venv transformers
    # torch first, so that the next line does not bring the build for graphics cards
    transformers/bin/pip install -q "${CAB_TORCH:-torch}"
    transformers/bin/pip install -q 'transformers[serving]'
}

npm_mocks() {
    mkdir -p npm
    npm install --silent --no-audit --no-fund --prefix npm @copilotkit/aimock openai-mock-api
}

for server in "${@:-all}"; do
    case $server in
        litellm) litellm ;;
        transformers) transformers ;;
        npm) npm_mocks ;;
        all) litellm; transformers; npm_mocks ;;
        *) echo "no such server: $server" >&2; exit 2 ;;
    esac
done
