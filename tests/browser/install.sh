#!/bin/sh
# Installs Debian's chromium for the browser tests when it is missing. Fails loudly: a browser test is never skipped.
set -eu

browser=/usr/bin/chromium

if [ -x "$browser" ]; then
  exit 0
fi

fail() {
  printf 'tests/browser/install.sh: %s\n' "$1" >&2
  exit 1
}

command -v apt-get >/dev/null 2>&1 ||
  fail "apt-get was not found, so $browser cannot be installed here; install Chromium by hand so that $browser starts it"

if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  fail "$browser is missing and installing it needs root; run 'apt-get update && apt-get install chromium' as root"
fi

export DEBIAN_FRONTEND=noninteractive
# A package server may be slow to answer; three tries are apt's own, not a loop around it.
$as_root apt-get -o Acquire::Retries=3 update -qq || fail "apt-get update failed; its message stands above"
$as_root apt-get -o Acquire::Retries=3 install -y -qq --no-install-recommends chromium fonts-dejavu-core ||
  fail "apt-get install chromium failed; its message stands above"

[ -x "$browser" ] || fail "the package chromium was installed, but $browser is not there"
"$browser" --version --no-sandbox
