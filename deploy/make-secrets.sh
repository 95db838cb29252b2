#!/bin/sh
# Make the secrets that docker-compose.yml mounts; what exists is kept, so running it again is safe.
#
#   deploy/make-secrets.sh [FOLDER]     default: $BRIDGE_SECRETS_DIR, else deploy/secrets
#
# Keep a copy of the folder where the database's backups are NOT: without code_pepper and
# encryption_keys a restored database cannot check or show a single code.
#
# Compose mounts each file as it is, owner and mode included, and the services run as different
# users, so the files are readable (0444) inside a folder that only its owner may enter (0700).
set -eu
umask 077

here="$(cd "$(dirname "$0")" && pwd)"
folder="${1:-${BRIDGE_SECRETS_DIR:-$here/secrets}}"
mkdir -p "$folder"
chmod 0700 "$folder"

random() { # 256 bits as 64 hexadecimal signs, which need no escaping in a URL
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}
once() { # NAME VALUE
    if [ -e "$folder/$1" ]; then
        printf 'kept  %s\n' "$1"
        return
    fi
    printf '%s\n' "$2" >"$folder/.$1.new"
    chmod 0444 "$folder/.$1.new"
    mv "$folder/.$1.new" "$folder/$1"
    printf 'made  %s\n' "$1"
}
read_secret() { cat "$folder/$1"; }

once owner_password "$(random)"
once web_password "$(random)"
once owner_database_url "postgresql://bridge_owner:$(read_secret owner_password)@postgres:5432/bridge"
once database_url "postgresql://bridge_web:$(read_secret web_password)@postgres:5432/bridge"
once valkey.conf "requirepass $(random)"
once redis_url "redis://:$(sed -n 's/^requirepass //p' "$folder/valkey.conf")@valkey:6379/0"
once secret_key "$(random)"
once code_pepper "$(random)"
once encryption_keys "$(random)"
