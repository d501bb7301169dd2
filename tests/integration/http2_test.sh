#!/bin/bash
# http2_test.sh <gantry>: pushes and pulls by HTTP/2, which nginx speaks before Debian's docker-registry: in parallel, through
# refusals of what is still being sent, and through connections that the server ends in order (GOAWAY).
set -euo pipefail
gantry=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/integration/peer_image.sh
. "$here/peer_image.sh"
# shellcheck source=tests/integration/docker_registry.sh
. "$here/docker_registry.sh"
need docker-registry curl openssl python3
PATH=$PATH:/usr/sbin
need nginx
work=$(mktemp -d)
docker_registry_pid='' nginx_pid=''
trap '[ -z "$nginx_pid" ] || kill "$nginx_pid"; [ -z "$docker_registry_pid" ] || kill "$docker_registry_pid"
  wait; rm -rf "$work"' EXIT
export GANTRY_CACHE_DIR=$work/cache HOME=$work
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY REGISTRY_AUTH_FILE DOCKER_CONFIG

fail() {
  echo "FAILED: $1" >&2
  tail -n 30 "$work/access.log" "$work/error.log" >&2
  exit 1
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout "$work/key.pem" \
  -out "$work/ca.crt" -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>"$work/openssl.log"
upstream=$(free_port)
start_docker_registry "$work/registry" "$upstream"

# start_nginx <line of its configuration>...: at $host; what was there before has ended.
start_nginx() {
  if [ -n "$nginx_pid" ]; then
    kill "$nginx_pid"
    wait "$nginx_pid" || true
  fi
  port=$(free_port)
  host=localhost:$port
  cat >"$work/nginx.conf" <<END
pid $work/nginx.pid;
daemon off;
error_log $work/error.log;
events {}
http {
  log_format requests '\$status \$request_method \$uri \$server_protocol \$connection';
  access_log $work/access.log requests;
  client_body_temp_path $work/bodies;
  proxy_temp_path $work/answers;
  fastcgi_temp_path $work/unused;
  scgi_temp_path $work/unused;
  uwsgi_temp_path $work/unused;
  ssl_certificate $work/ca.crt;
  ssl_certificate_key $work/key.pem;
  server {
    listen 127.0.0.1:$port ssl http2;
    $(printf '%s\n' "$@")
    location / {
      proxy_pass http://127.0.0.1:$upstream;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_set_header Host \$http_host;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
}
END
  rm -f "$work/access.log"
  nginx -c "$work/nginx.conf" -e "$work/error.log" &
  nginx_pid=$!
  for _ in $(seq 100); do
    if curl --silent --cacert "$work/ca.crt" --output "$work/ready" "https://$host/v2/"; then
      until [ -s "$work/access.log" ]; do sleep 0.05; done # it is written after the answer
      : >"$work/access.log"
      return
    fi
    sleep 0.1
  done
  fail 'nginx does not start'
}

# round_trip <what>: a push into a repository of that name and a pull, all of it by HTTP/2.
round_trip() {
  timeout 60 "$gantry" image publish "oci:$work/layout:1.0" --to "$host/team/$1:1.0" --ca-file "$work/ca.crt" >"$work/out" ||
    fail "$1: the push"
  rm -rf "$work/pulled"
  timeout 60 "$gantry" image pull "$host/team/$1:1.0" --to "oci:$work/pulled" --ca-file "$work/ca.crt" >"$work/out" ||
    fail "$1: the pull"
  diff -r "$work/pulled" "$work/only" || fail "$1: other bytes"
  ! grep -v ' HTTP/2\.0 ' "$work/access.log" || fail "$1: not by HTTP/2"
  echo "$1: $(wc -l <"$work/access.log") requests, $(connections) connections"
}

connections() {
  awk '{ print $NF }' "$work/access.log" | sort -u | wc -l
}

layers=()
for number in $(seq 6); do
  mkdir "$work/$number"
  head -c "$((number * 4000000))" /dev/urandom >"$work/$number/data$number"
  layers+=(--layer "$work/$number")
done
"$gantry" image build --quiet "${layers[@]}" --to "oci:$work/layout:1.0"
"$gantry" image publish "oci:$work/layout:1.0" --to "oci:$work/only:1.0" >"$work/out"

start_nginx 'client_max_body_size 0;'
round_trip parallel
[ "$(wc -l <"$work/access.log")" -le $((2 * 7 + 2 + 7 + 1)) ] || fail 'more requests than by HTTP/1.1'
[ "$(connections)" -le 8 ] || fail "$(connections) connections"

start_nginx 'client_max_body_size 5m;'
round_trip refused
grep -q '^413 PUT ' "$work/access.log" || fail 'no body was refused'

start_nginx 'client_max_body_size 0;' 'keepalive_requests 3;'
round_trip goaway
[ "$(connections)" -ge 8 ] || fail "only $(connections) connections: none was ended"
