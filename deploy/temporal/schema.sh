#!/bin/sh
# Brings the tables of Temporal's two databases to the version of this image. Safe to repeat: a version table says what
# is there. Where and as whom, SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD tell the tool.
set -eu

schemas=/etc/temporal/schema/postgresql/v12

bring_up_to_date() {
    temporal-sql-tool --db "$1" setup-schema -v 0.0
    temporal-sql-tool --db "$1" update-schema -d "$schemas/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
