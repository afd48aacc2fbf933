#!/usr/bin/env bash
# Make the image that every other one starts from, out of Debian's packages and without a registry: debootstrap
# into a folder, `docker import`. About a minute; nothing to do where the image is there. Needs root.
#   deploy/base-image.sh [NAME]      (default: coursehub/base:bookworm)
set -euo pipefail
image=${1:-coursehub/base:bookworm}
suite=bookworm

if docker image inspect "$image" >/dev/null 2>&1; then
  echo "$image is there."
  exit 0
fi
[ "$(id -u)" -eq 0 ] || { echo "debootstrap needs root: sudo deploy/base-image.sh" >&2; exit 1; }
command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap >/dev/null; }

# The mirror that this machine already uses for Debian itself, or Debian's own.
mirror=$(grep -rhoE '(https?|file)://[^ ]*debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | grep -v security | head -n 1 | tr -d ' ' || true)
mirror=${mirror:-http://deb.debian.org/debian}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates "$suite" "$folder" "$mirror" >"$folder.log" 2>&1 || {
  tail -n 20 "$folder.log" >&2; exit 1; }
rm -rf "$folder.log" "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/* "$folder"/usr/share/{doc,man,locale}/*
# A Python of Debian's own refuses pip; inside an image that holds nothing else there is nothing to protect.
rm -f "$folder"/usr/lib/python3*/EXTERNALLY-MANAGED
ln -sf python3 "$folder/usr/bin/python"
tar -C "$folder" --numeric-owner -c . | docker import --change 'CMD ["/bin/sh"]' - "$image" >/dev/null
echo "$image is made."
