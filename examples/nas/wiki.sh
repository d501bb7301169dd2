# shellcheck shell=sh
# The wiki that the wizard has made answers, under the name that it was given: the front page, which is
# a file, and the wiki itself.
set -eu
for page in '' 'mediawiki/index.php?title=Special:Version'; do
  curl --silent --show-error --fail --location --max-time 60 "http://127.0.0.1:$GANTRY_VM_PORT_80/$page" |
    grep '<title>.*Gantry NAS'
done
