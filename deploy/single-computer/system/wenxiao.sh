#!/bin/sh
# 命令 wenxiao：带着这份安装的设置运行。root 执行时换成系统用户 wenxiao，数据目录始终归它。
set -eu
program=@PREFIX@/current/bin/wenxiao
settings=@SETTINGS@
if [ -r "$settings" ]; then
    set -a
    . "$settings"
    set +a
elif [ "$program" = /opt/wenxiao/current/bin/wenxiao ]; then
    echo '请以 root 执行：设置中可能有密码，只有 root 能读。' >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    export WENXIAO_DATA_DIR="${WENXIAO_DATA_DIR:-/var/lib/wenxiao}"
    export HOME=/var/lib/wenxiao
    # 不用 runuser：它停止时只等两秒就强行结束。
    exec setpriv --reuid=wenxiao --regid=wenxiao --init-groups --inh-caps=-all "$program" "$@"
fi
exec "$program" "$@"
