#!/bin/bash
# 证明安装包离线可用：在只有 python3 的 Debian 12 里、没有网络的名字空间中，安装、启动示例县、
# 走一遍 README 的路线、备份、恢复、重复安装、卸载。须以 root 执行；建立那棵 Debian 树要用网络。
#   deploy/single-computer/prove_offline.sh [安装包] [现成的 Debian 树（tar）]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

if [ "${INSIDE:-}" = "" ]; then
    archive=${1:-$(ls "$here"/../../build/wenxiao-*-debian12-x86_64.tar.gz)}
    ready_tree=${2:-}
    [ "$(id -u)" = 0 ] || { echo '须以 root 执行。' >&2; exit 1; }
    (cd "$(dirname "$archive")" && sha256sum --check "$(basename "$archive").sha256")
    place=$(mktemp -d)
    # 里面的 proc 随名字空间消失，这里只删文件。
    trap 'rm -rf --one-file-system "$place"' EXIT
    mkdir "$place/tree"
    if [ -n "$ready_tree" ]; then
        tar --extract --file "$ready_tree" --directory "$place/tree" --exclude './dev/*'
        mknod -m 666 "$place/tree/dev/null" c 1 3
        mknod -m 666 "$place/tree/dev/urandom" c 1 9
    else
        command -v mmdebstrap >/dev/null || { echo '缺少 mmdebstrap：apt-get install mmdebstrap' >&2; exit 1; }
        mmdebstrap --quiet --variant=minbase --include=python3 bookworm "$place/tree"
    fi
    tar --extract --gzip --file "$archive" --directory "$place/tree/srv"
    cp "$here/walk.py" "$place/tree/srv/"
    INSIDE=$place/tree unshare --net --mount --pid --fork --kill-child bash "$0"
    exit
fi

tree=$INSIDE
ip link set lo up
mount -t proc proc "$tree/proc"
inside() { chroot "$tree" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 "$@"; }
# 在后台时由 exec 顶替子进程，信号才到得了程序。
started() { exec chroot "$tree" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 wenxiao up --demo >"$tree/tmp/up.log" 2>&1; }
timed() {
    local name=$1 begin=$SECONDS
    shift
    "$@"
    echo "== $name：$((SECONDS - begin)) 秒"
}

echo "网络：$(ip -brief link | tr '\n' ' ')；路由 $(ip route | wc -l) 条"
if inside python3 -c 'import ensurepip' 2>/dev/null; then
    echo '这棵树里有 python3-venv，证明不了什么。' >&2
    exit 1
fi
bundle=$(cd "$tree/srv" && echo wenxiao-*)
timed 安装 inside sh "/srv/$bundle/install.sh"
timed 再次安装 inside sh "/srv/$bundle/install.sh" | grep -e 不再重复安装 -e ==

echo '改动一个字节之后：'
victim=$(ls "$tree/srv/$bundle"/wheels/flask-*.whl)
cp "$victim" "$tree/tmp/kept"
printf '\x00' | dd of="$victim" bs=1 seek=5000 conv=notrunc status=none
if inside sh "/srv/$bundle/install.sh"; then
    echo '被改动的安装包没有被拒绝。' >&2
    exit 1
fi
cp "$tree/tmp/kept" "$victim"

started &
program=$!
timed '启动示例县并走完 README 的路线' inside python3 -u /srv/walk.py | tee "$tree/tmp/first.log"
timed 备份 inside wenxiao backup --keys with /var/backups/wenxiao
kill -TERM $program
wait $program || { tail "$tree/tmp/up.log"; exit 1; }
saved=$(cd "$tree" && ls var/backups/wenxiao/*.tar)
rm -rf "$tree/var/lib/wenxiao"
inside install -d -m 700 -o wenxiao -g wenxiao /var/lib/wenxiao
timed 恢复 inside wenxiao restore "/$saved"
started &
program=$!
timed 恢复后启动并再走一遍 inside python3 -u /srv/walk.py >"$tree/tmp/second.log"
tail -1 "$tree/tmp/second.log"
# 操作轨迹列出最近的记录，恢复和登录都记在其中，所以不比这一页。
pages() { grep 页 "$1" | grep -v 操作轨迹; }
diff <(pages "$tree/tmp/first.log") <(pages "$tree/tmp/second.log")
echo '两遍看到的页面、详情和行数相同（操作轨迹除外）。'
kill -TERM $program
wait $program
inside sh /opt/wenxiao/current/bundle/uninstall.sh
du -sh "$tree/var/lib/wenxiao" | sed "s|$tree||"
