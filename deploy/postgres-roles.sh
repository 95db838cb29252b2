#!/bin/sh
# The two roles that the service acts as, and the password of the one that signs in.
#
# The postgres image runs this once, when its volume is empty. Run it again by hand after changing
# the secret `web_password`; it can be run any number of times:
#   docker compose exec postgres /docker-entrypoint-initdb.d/10-bridge-roles.sh
set -eu

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set password `cat /run/secrets/web_password`
SELECT 'CREATE ROLE bridge_app NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bridge_app') \gexec
SELECT 'CREATE ROLE bridge_web LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bridge_web') \gexec
ALTER ROLE bridge_web LOGIN PASSWORD :'password';
GRANT bridge_app TO bridge_web;
SQL
echo "bridge_web can sign in with the password in the secret web_password."
