#!/usr/bin/env bash
# Gradescope runs this once, while it builds the image: it installs all that grading needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Ubuntu keeps venv in a package of its own.
if ! python3 -m venv tools; then
    apt-get update
    apt-get install -y python3 python3-venv
    python3 -m venv --clear tools
fi
tools/bin/python -m pip install --quiet --disable-pip-version-check uv
export PATH="$PWD/tools/bin:$PATH"
export UV_PYTHON_INSTALL_DIR="$PWD/python"

# The image's own Python may be too old for the course.
wanted=">=3.11,<3.15"
uv python find --system "$wanted" || uv python install 3.12
"$(uv python find --system "$wanted")" -I autograder.py setup
