#!/bin/sh
set -eu
. "$(dirname -- "$0")/environment.sh"
require_tool shellcheck
{
  sources '*.sh'
  find .ci -type f
} | in_all shellcheck --external-sources --source-path=SCRIPTDIR
