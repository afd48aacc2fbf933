#!/usr/bin/env bash
# Write .env from .env.example with random secrets, unless there is one. Never changes an existing .env.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -e .env ]; then touch .env; exit 0; fi
umask 077
draft=$(mktemp .env.XXXXXX)
while IFS= read -r line; do
  case "$line" in
    COURSEHUB_SECRET_KEY= | *_PASSWORD=) line+=$(od -An -tx1 -N32 /dev/urandom | tr -d ' \n') ;;
    DOCKER_GID=) line+=$(stat -c %g "${DOCKER_SOCKET:-/var/run/docker.sock}" 2>/dev/null || echo 0) ;;
    BASE_IMAGE=*) [ -z "${BASE_IMAGE:-}" ] || line="BASE_IMAGE=$BASE_IMAGE" ;;
    PORT=*) [ -z "${PORT:-}" ] || line="PORT=$PORT" ;;
  esac
  printf '%s\n' "$line"
done <.env.example >"$draft"
mv "$draft" .env
echo ".env is written, with random secrets. Keep it private."
