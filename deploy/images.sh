#!/usr/bin/env bash
# Build the images of the site, the runner and the sandboxes from BASE_IMAGE (default: python:3.11-slim-bookworm).
# Needs `make wheels` first; no step reaches an index or, with a local BASE_IMAGE, a registry.
#   deploy/images.sh [site] [runner] [sandbox]     (default: all)
set -euo pipefail
cd "$(dirname "$0")/.."
base=${BASE_IMAGE:-$(sed -n "s/^BASE_IMAGE=//p" .env 2>/dev/null || true)}
base=${base:-python:3.11-slim-bookworm}
[ $# -gt 0 ] || set -- site runner sandbox

command -v docker >/dev/null && docker version >/dev/null 2>&1 || {
  echo "No Docker engine answers. Install one (Debian: sudo apt-get install docker.io), start it, and try again." >&2; exit 1; }

build() { # NAME DOCKERFILE ARGUMENTS...
  local name=$1 file=$2; shift 2
  echo "Building $name from $base …"
  # The older builder leaves `RUN` without a network as it should be: everything comes from wheels/.
  DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0} docker build --quiet --network none --build-arg "BASE_IMAGE=$base" --tag "$name" --file "$file" "$@" . 2>&1 |
    grep -vE 'DEPRECATED|BuildKit|buildx|^$' || true
  docker image inspect "$name" >/dev/null
}

# numpy's sandbox, torch's on top of it, and those that add a little to either.
sandboxes() {
  local harness; harness=$(python3 runners/sandboxes/harness.py)
  build coursehub/sandbox-numpy:latest gpu_worker/Dockerfile --build-arg "HARNESS=$harness" --build-arg ENVIRONMENT=numpy
  build coursehub/sandbox-torch:latest gpu_worker/Dockerfile --build-arg "HARNESS=$harness" --build-arg ENVIRONMENT=torch \
    --build-arg PARENT_IMAGE=coursehub/sandbox-numpy:latest
  more numpy-pytest numpy pytest
  more torch-pytest torch pytest
  more notebook numpy ipython
}
more() { # ENVIRONMENT PARENT PACKAGES
  build "coursehub/sandbox-$1:latest" gpu_worker/more.Dockerfile --build-arg "PARENT_IMAGE=coursehub/sandbox-$2:latest" \
    --build-arg "ENVIRONMENT=$1" --build-arg "PACKAGES=$3"
}

for part in "$@"; do
  case "$part" in
    site) build coursehub/site:latest deploy/site.Dockerfile ;;
    runner) build coursehub/runner:latest deploy/runner.Dockerfile ;;
    sandbox) sandboxes ;;
    *) echo "Unknown image: $part" >&2; exit 2 ;;
  esac
done
