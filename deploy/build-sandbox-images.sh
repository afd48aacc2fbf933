#!/usr/bin/env bash
# Build coursehub/sandbox-numpy, sandbox-torch and the others, the images of the Docker sandbox, from BASE_IMAGE.
# Collects their packages into wheels/ with pip first, because a build reaches no index.
#   BASE_IMAGE=coursehub/base:bookworm deploy/build-sandbox-images.sh [PYTHON] [TORCH_REQUIREMENT] [TORCH_INDEX_URL]
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-}
if [ -z "$python" ]; then
  python=python3.11
  [ -x .venv/bin/python ] && python=.venv/bin/python
fi
deploy/wheels.sh "$python" "${2:-torch==2.13.0}" "${3:-${TORCH_INDEX_URL:-}}"
deploy/images.sh sandbox
docker image ls --no-trunc --filter label=org.coursehub.harness --format '{{.Repository}}:{{.Tag}} {{.ID}}'
