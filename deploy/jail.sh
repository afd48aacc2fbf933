#!/usr/bin/env bash
# Install bubblewrap where it is missing and where we may; otherwise say in one sentence what to do.
# Never fails: without a jail the site still runs, and submissions wait.
set -u
command -v bwrap >/dev/null && exit 0
install="apt-get install bubblewrap"
if ! command -v apt-get >/dev/null; then
  echo "bubblewrap is not installed: the site will run, but submissions wait until you install it with this system's package manager." >&2
elif [ "$(id -u)" -ne 0 ]; then
  echo "bubblewrap is not installed: the site will run, but submissions wait until you run: sudo $install" >&2
elif ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends bubblewrap; } >/dev/null 2>&1; then
  echo "bubblewrap could not be installed: the site will run, but submissions wait until this works: $install" >&2
fi
exit 0
