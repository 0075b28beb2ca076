#!/bin/sh
# The command for administrators: installed as /usr/local/sbin/gatehouse, it runs as the user of the gateway, so that no file in the
# data directory becomes somebody else's. docs/operations.md tells the steps.
export GATEHOUSE_CONFIG="${GATEHOUSE_CONFIG-/etc/gatehouse/gatehouse.yaml}"
exec runuser -u gatehouse -- /opt/gatehouse/node_modules/.bin/node /opt/gatehouse/src/gatehouse.js "$@"
