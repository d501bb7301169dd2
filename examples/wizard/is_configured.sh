#!/bin/sh
# Runs beside a clone of the machine: what the wizard was told is what it is.
set -eu
page=$(curl --silent --show-error --fail --max-time 60 "http://127.0.0.1:$GANTRY_VM_PORT_80/cgi-bin/wizard")
case $page in
  *'<b id=language>de</b> and belongs to <b id=name>admin</b>'*) ;;
  *)
    echo "the page says: $page" >&2
    exit 1
    ;;
esac
