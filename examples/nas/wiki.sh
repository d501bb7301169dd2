# shellcheck shell=sh
# The wiki that the wizard has made answers, under the name that it was given.
set -eu
curl --silent --show-error --fail --location --max-time 60 \
  "http://127.0.0.1:$GANTRY_VM_PORT_80/mediawiki/index.php?title=Main_Page" | grep '<title>.*Gantry NAS'
