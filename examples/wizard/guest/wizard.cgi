#!/bin/busybox sh
# The setup of the machine, in four screens. What was chosen is in files on its disk, in /data.
data=/data
body=
if [ "$REQUEST_METHOD" = POST ] && [ "${CONTENT_LENGTH:-0}" -le 4096 ]; then
  body=$(head -c "${CONTENT_LENGTH:-0}")
fi

# field <name>: of the form that was sent.
field() {
  local value
  value=$(printf '%s' "$body" | tr '&' '\n' | sed -n "s/^$1=//p" | head -n 1 | tr '+' ' ')
  httpd -d "$value"
}

escaped() {
  printf '%s' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'
}

# page <heading>: with the content that is read.
page() {
  printf 'Content-Type: text/html; charset=utf-8\r\n\r\n'
  echo "<!doctype html><html lang=en><title>$1</title><h1>$1</h1>"
  [ -z "$problem" ] || echo "<p role=alert>$problem</p>"
  cat
  exit
}

# form <button>: with the fields that are read.
form() {
  echo '<form method=post>'
  cat
  echo "<p><button>$1</button></form>"
}

problem=
case $(field screen) in
  language)
    case $(field language) in
      de | en | fr) field language >"$data/language" ;;
      *) problem='This language is not there.' ;;
    esac
    ;;
  account)
    name=$(field name)
    if [ -z "$name" ] || [ "$name" != "$(printf '%s' "$name" | tr -cd 'a-z0-9')" ]; then
      problem='A name has small letters and digits.'
    elif [ "$(field password)" != "$(field again)" ] || [ -z "$(field password)" ]; then
      problem='The passwords differ.'
    else
      printf '%s' "$(field password)" | sha256sum >"$data/password"
      echo "$name" >"$data/name"
    fi
    ;;
  confirm)
    if [ -s "$data/name" ]; then
      touch "$data/configured"
      sync
    fi
    ;;
esac

if [ -e "$data/configured" ]; then
  page 'Done' <<END
<p>The machine speaks <b id=language>$(cat "$data/language")</b> and belongs to <b id=name>$(escaped "$(cat "$data/name")")</b>.
END
elif [ ! -s "$data/language" ]; then
  form Next <<END | page 'Language'
<input type=hidden name=screen value=language>
<label>Language <select name=language><option value=en>English<option value=de>Deutsch<option value=fr>Français</select></label>
END
elif [ ! -s "$data/name" ]; then
  form Next <<END | page 'Account'
<input type=hidden name=screen value=account>
<p><label>Name <input name=name></label>
<p><label>Password <input name=password type=password></label>
<p><label>Again <input name=again type=password></label>
END
else
  form Finish <<END | page 'Confirm'
<input type=hidden name=screen value=confirm>
<p>Language: $(cat "$data/language"). Administrator: $(escaped "$(cat "$data/name")").
END
fi
