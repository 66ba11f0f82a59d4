#!/bin/sh
# Makes the secrets that are missing, one a file, in the folder given (else `secrets` beside this script).
# What is there already stays as it is.
set -eu

folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# Only this folder's owner gets at the files from the host; in a container each is mounted alone, for users of
# different numbers, so the files themselves can be read by all.
chmod 0700 "$folder"

make() {
    test -e "$folder/$1" && return
    printf '%s' "$2" > "$folder/$1.new"
    chmod 0444 "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
}

password() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# An Ed25519 key as PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` makes it.
signing_key() {
    echo '-----BEGIN PRIVATE KEY-----'
    { printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040'; head -c 32 /dev/urandom; } | base64
    echo '-----END PRIVATE KEY-----'
}

for name in postgres etappi_owner etappi_app temporal_postgres temporal; do
    make "${name}_password" "$(password)"
done
make database_owner_url "postgresql://etappi_owner:$(cat "$folder/etappi_owner_password")@postgres:5432/etappi"
make database_url "postgresql://etappi_app:$(cat "$folder/etappi_app_password")@postgres:5432/etappi"
make seal_key "$(signing_key)"
# Given by others; empty means that there is none.
make oidc_client_secret ''
make smtp_url ''
