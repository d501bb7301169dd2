# shellcheck shell=sh
# Read by tests against Debian's docker-registry, a registry that is not ours.

# start_docker_registry <work> <port> [<more configuration, YAML>]: it listens at 127.0.0.1:<port>,
# its process is $docker_registry_pid, its requests are in <work>/access.log.
start_docker_registry() {
  mkdir -p "$1"
  cat >"$1/config.yml" <<END
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $1/data}, delete: {enabled: true}}
http:
  addr: 127.0.0.1:$2
${3:-}
END
  # It takes any variable REGISTRY_... for a part of its configuration.
  env -u REGISTRY_AUTH_FILE docker-registry serve "$1/config.yml" >"$1/access.log" 2>"$1/error.log" &
  docker_registry_pid=$!
  tries=0
  until curl --silent --insecure --output "$1/ready" "http://127.0.0.1:$2/v2/"; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ] || ! kill -0 $docker_registry_pid 2>/dev/null; then
      cat "$1/error.log" >&2
      echo "docker-registry does not start" >&2
      return 1
    fi
    sleep 0.1
  done
}

# start_secure_docker_registry <work> <port>: the same, but as localhost:<port>, with TLS, whose certificate is <work>/ca.crt, and for
# the user "me" with the password "open sesame" only.
start_secure_docker_registry() {
  mkdir -p "$1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout "$1/key.pem" \
    -out "$1/ca.crt" -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>"$1/openssl.log"
  python3 -W ignore -c 'import crypt
print("me:" + crypt.crypt("open sesame", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))' >"$1/htpasswd"
  start_docker_registry "$1" "$2" "  tls: {certificate: $1/ca.crt, key: $1/key.pem}
auth: {htpasswd: {realm: test, path: $1/htpasswd}}"
}

# requests <work>: how many there were. The log is written after the answer: until it grows no more.
requests() {
  requests=-1
  while [ "$(wc -l <"$1/access.log")" -ne "$requests" ]; do
    requests=$(wc -l <"$1/access.log")
    sleep 0.2
  done
  echo "$requests"
}

# A port that is free now.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
