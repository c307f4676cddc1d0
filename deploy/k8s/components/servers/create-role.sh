# Run once by the image of PostgreSQL on an empty data folder: a role that may make its databases, no more.
set -eu
psql --set ON_ERROR_STOP=1 --set "password=$(cat "$WENXIAO_PASSWORD_FILE")" --username postgres <<'SQL'
create role wenxiao login createdb password :'password';
SQL
