# What building needs on a bare Debian 12; none of it reaches the image.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends ca-certificates make python3 python3-venv
