#!/bin/sh
# Runs a program that reads its secrets only from its environment: for each variable NAME_FILE that names a mounted
# secret, NAME becomes what that file holds. So no secret stands in a container's description.
set -eu

folder=${SECRETS_FOLDER:-/run/secrets}
for name in $(env | sed -n "s|^\([A-Z][A-Z0-9_]*\)_FILE=$folder/.*|\1|p"); do
    # Assigned first: an `export` would hide that the file can't be read.
    secret=$(cat "$(printenv "${name}_FILE")")
    export "$name=$secret"
    unset "${name}_FILE"
done
unset secret
exec "$@"
