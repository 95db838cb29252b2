#!/bin/sh
# The `bridge` command inside the image, where the code is not installed as a package.
exec python3 -m bridge.cli "$@"
