#!/bin/sh
# Makes the passwords and keys of an installation that brings its own PostgreSQL and RabbitMQ: compose.yaml, and
# the overlays dev and single-machine of deploy/k8s. What is there already stays as it is.
#
#   deploy/container/secrets.sh FOLDER
#
# The folder is for its owner only; the files in it can be read by the users of the containers they are given to.
set -eu
folder=${1:?usage: secrets.sh FOLDER}
umask 022
mkdir -p "$folder"
chmod 0700 "$folder"
cd "$folder"
mkdir -p database broker grafana

fresh() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
once() { test -s "$1" || { cat >"$1.new" && mv "$1.new" "$1"; }; }

fresh | once database/password
fresh | once database/admin-password
fresh | once grafana/admin-password
printf 'postgresql://wenxiao:%s@wenxiao-postgres:5432/postgres' "$(cat database/password)" | once database/uri
test -s broker/connection_string || {
  password=$(fresh)
  printf 'default_user = wenxiao\ndefault_pass = %s\n' "$password" >broker/broker.conf
  printf 'amqp://wenxiao:%s@wenxiao-rabbitmq:5672/' "$password" >broker/connection_string
}
