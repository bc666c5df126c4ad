#!/bin/sh
# Runs a guest as the test's arguments say: natively or under the supervisor.
exec "$@"
