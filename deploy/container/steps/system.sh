# What running needs on a bare Debian 12: the interpreter, roots of trust, and a user of its own.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get upgrade -y -qq
apt-get install -y -qq --no-install-recommends ca-certificates python3
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
groupadd --gid 10001 wenxiao
useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/wenxiao --shell /usr/sbin/nologin wenxiao
install -d -o wenxiao -g wenxiao -m 0700 /var/lib/wenxiao
# Nothing in the image may gain rights while it runs.
find / -xdev -perm /6000 -type f -exec chmod a-s {} +
