#!/bin/sh
# Makes the namespace and what workflows are found by, where they are missing.
# TEMPORAL_ADDRESS tells the command line where, TEMPORAL_NAMESPACE tells us which.
set -eu

# How long a workflow can be looked at after its end. What happened stands in the log, for ever.
retention=${RETENTION:-90d}

# By number: on some versions of Docker the command line can't reach a server by a service's name.
host=${TEMPORAL_ADDRESS%:*}
number=$(getent ahosts "$host" | grep STREAM | grep -v : | head -n 1 | cut -d ' ' -f 1 || true)
export TEMPORAL_ADDRESS="${number:-$host}:${TEMPORAL_ADDRESS##*:}"

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" > /dev/null 2>&1; then
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
fi

# The server takes a moment to know a new namespace.
attempts=30
until known=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE"); do
    attempts=$((attempts - 1))
    test "$attempts" -gt 0
    sleep 1
done

for attribute in Ledger=Keyword Process=Keyword Year=Int Unit=Keyword; do
    name=${attribute%=*}
    if ! printf '%s\n' "$known" | grep -qw "$name"; then
        temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
            --name "$name" --type "${attribute#*=}"
    fi
done
