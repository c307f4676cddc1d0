#!/bin/sh
# 卸载问效的程序。数据、备份和设置都保留；要删除它们，请核对后自行删除所列目录。
set -eu

say() { printf '%s\n' "$@"; }

if [ "$(id -u)" = 0 ]; then
    if [ -d /run/systemd/system ]; then
        systemctl disable --now wenxiao.service wenxiao-backup.timer 2>/dev/null || true
    fi
    for unit in wenxiao.service wenxiao-backup.service wenxiao-backup.timer; do
        rm -f "/etc/systemd/system/$unit"
    done
    rm -f /etc/systemd/journald@wenxiao.conf /etc/logrotate.d/wenxiao /usr/local/bin/wenxiao
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
    rm -rf /opt/wenxiao
    kept='/var/lib/wenxiao（数据）  /var/backups/wenxiao*（备份）  /etc/wenxiao（设置）'
else
    rm -f "$HOME/.local/bin/wenxiao"
    rm -rf "$HOME/.local/opt/wenxiao"
    kept="${XDG_DATA_HOME:-$HOME/.local/share}/wenxiao（数据）  ${XDG_CONFIG_HOME:-$HOME/.config}/wenxiao（设置）"
fi
say '问效的程序已卸载。以下内容保留，确认不再需要后请自行删除：'
say "  $kept"
