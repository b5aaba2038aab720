#!/bin/sh
# A Chromium for the browser tests: one that is there, Debian's package, or else Playwright's own download.
set -e
for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null 2>&1; then
		echo "browser: $(command -v "$name")"
		exit 0
	fi
done
if [ "$(. /etc/os-release 2>/dev/null && echo "$ID")" = debian ] && [ "$(id -u)" = 0 ]; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
else
	playwright install chromium
fi
