#!/usr/bin/env bash
# Collect what the images install, so that building needs no index: wheels/site and wheels/runner, and what each layer
# of the sandboxes adds: wheels/numpy, wheels/torch, wheels/pytest, wheels/ipython. Uses pip as this machine has it.
#   deploy/wheels.sh PYTHON TORCH_REQUIREMENT [TORCH_INDEX_URL]
set -euo pipefail
python=$1 torch=$2 torch_index=${3:-}
cd "$(dirname "$0")/.."

"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) or sys.platform != "linux")' || {
  echo "The images hold Python 3.11 on Linux, so their wheels are collected with it: make images PYTHON=/path/to/python3.11" >&2
  exit 1
}
key=$(cat requirements/site.txt requirements/runner.txt deploy/wheels.sh <(echo "$torch $torch_index") | sha256sum | cut -d' ' -f1)
[ "$(cat wheels/.key 2>/dev/null || true)" = "$key" ] && { echo "wheels/ is up to date."; exit 0; }

rm -rf wheels && mkdir wheels
download() { # FOLDER ARGUMENTS...
  local folder=$1; shift
  "$python" -m pip download --quiet --disable-pip-version-check --only-binary=:all: --dest "wheels/$folder" "$@"
}
pinned() { grep "^$1==" requirements/runner.txt; }
download site -r requirements/site.txt
download runner -r requirements/runner.txt
download numpy "$(pinned numpy)"
download pytest "$(pinned pytest)" --constraint requirements/runner.txt
download ipython "$(pinned ipython)" --constraint requirements/runner.txt
download torch "$torch" --constraint requirements/demo.txt ${torch_index:+--index-url "$torch_index"}
printf '%s\n' "$key" >wheels/.key
du -sh wheels/*
