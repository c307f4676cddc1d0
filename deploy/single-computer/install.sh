#!/bin/sh
# 问效的离线安装：不连网络，可重复执行，保留已有数据。
#   root 执行：装到 /opt/wenxiao，以系统用户 wenxiao 运行，由 systemd 管理。
#   其他用户执行：装到 ~/.local/opt/wenxiao，由本人启动。
set -eu
umask 022

say() { printf '%s\n' "$@"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

bundle=$(cd "$(dirname "$0")" && pwd)
cd "$bundle"

check_digests() {
    [ -f SHA256SUMS ] || fail '安装包不完整：缺少 SHA256SUMS。请重新取得安装包。'
    say '核对安装包 …'
    sha256sum --check --strict --quiet SHA256SUMS >&2 ||
        fail '安装包中有文件被改动或损坏（见上），没有安装任何东西。请重新取得安装包。'
    listed=$(sed 's/^[0-9a-f]*  //' SHA256SUMS | LC_ALL=C sort)
    present=$(find . -type f ! -path ./SHA256SUMS | sed 's|^\./||' | LC_ALL=C sort)
    [ "$listed" = "$present" ] ||
        fail '安装包中有清单以外的文件，没有安装任何东西。请重新解开安装包。'
}

check_computer() {
    command -v python3 >/dev/null ||
        fail '缺少 Python 3.11：请从 Debian 12 的安装介质安装 python3 后重试。'
    python3 -c 'import platform, sys
sys.exit(sys.version_info[:2] != (3, 11) or platform.machine() != "x86_64")' ||
        fail '需要 Debian 12（x86_64）自带的 Python 3.11。'
    python3 -c 'import venv' 2>/dev/null ||
        fail 'Python 不完整：请从 Debian 12 的安装介质安装 python3 后重试（不需要 python3-venv）。'
}

choose_places() {
    if [ "$(id -u)" = 0 ]; then
        prefix=/opt/wenxiao
        settings=/etc/wenxiao/wenxiao.env
        commands=/usr/local/bin
    else
        prefix=$HOME/.local/opt/wenxiao
        settings=${XDG_CONFIG_HOME:-$HOME/.config}/wenxiao/wenxiao.env
        commands=$HOME/.local/bin
    fi
    version=$(cat VERSION)
    release=$prefix/releases/$version-$(sha256sum SHA256SUMS | cut -c1-12)
}

install_release() {
    if [ -e "$release/.whole" ]; then
        say "程序已在 $release，不再重复安装。"
        return
    fi
    say "安装问效 $version 到 $release …"
    rm -rf "$release" # 上一次没有装完的
    mkdir -p "$prefix/releases"
    python3 -m venv --without-pip "$release"
    # -I 与 --isolated：不读本机的任何 Python、pip 设置；--no-index：不连网络。
    "$release/bin/python" -I -c 'import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module("pip", run_name="__main__")' \
        "$(echo "$bundle"/pip/pip-*.whl)" --isolated --disable-pip-version-check \
        install --quiet --no-index --no-cache-dir --require-hashes --only-binary :all: \
        --find-links "$bundle/wheels" --requirement "$bundle/requirements.txt"
    mkdir "$release/bundle"
    cp -R VERSION SHA256SUMS sbom.cdx.json uninstall.sh LICENSE ./*.md system "$release/bundle/"
    touch "$release/.whole"
}

is_running() { [ -d /run/systemd/system ] && systemctl is-active --quiet wenxiao.service; }

save_before_upgrade() {
    [ -e "$prefix/current" ] && [ "$(readlink "$prefix/current")" != "$release" ] || return 0
    say "原有安装：$(readlink "$prefix/current")"
    [ "$(id -u)" = 0 ] && is_running || return 0
    say '升级前先备份 …'
    "$commands/wenxiao" backup /var/backups/wenxiao ||
        fail '升级前的备份没有完成，原有安装没有改动。请按提示处理后重试。'
}

switch_over() {
    ln -sfn "$release" "$prefix/current.new"
    mv -T "$prefix/current.new" "$prefix/current"
    mkdir -p "$commands" "$(dirname "$settings")"
    if [ ! -e "$settings" ]; then
        (umask 077 && cp system/wenxiao.env "$settings")
    fi
    chmod 600 "$settings"
    sed -e "s|@PREFIX@|$prefix|" -e "s|@SETTINGS@|$settings|" system/wenxiao.sh \
        >"$commands/.wenxiao.new"
    chmod 755 "$commands/.wenxiao.new"
    mv "$commands/.wenxiao.new" "$commands/wenxiao"
}

set_up_system() {
    getent passwd wenxiao >/dev/null || useradd --system --user-group --no-create-home \
        --home-dir /var/lib/wenxiao --shell /usr/sbin/nologin wenxiao
    for folder in /var/lib/wenxiao /var/backups/wenxiao /var/backups/wenxiao-keys; do
        [ -d "$folder" ] || install -d -m 700 -o wenxiao -g wenxiao "$folder"
    done
    install -d /etc/systemd/system /etc/systemd /etc/logrotate.d
    cp system/*.service system/*.timer /etc/systemd/system/
    cp system/journald@wenxiao.conf /etc/systemd/
    cp system/wenxiao.logrotate /etc/logrotate.d/wenxiao
    [ -d /run/systemd/system ] || return 0
    was_running=no
    is_running && was_running=yes
    systemctl daemon-reload
    [ "$was_running" = no ] || systemctl restart wenxiao.service
}

remove_old_releases() {
    # 留下现用的和上一个，便于退回。
    ls -1dt "$prefix"/releases/*/ | sed 's|/$||' | grep -vxF "$release" | tail -n +2 |
        while read -r old; do
            say "删除旧程序 $old"
            rm -rf "$old"
        done
}

tell_next_steps() {
    say '' "问效 $version 已安装，数据没有改动。" '' '下一步：'
    if [ "$(id -u)" != 0 ]; then
        say "  1. 需要时修改设置：$settings（各项见“设置一览.md”）"
        say "  2. 启动：$commands/wenxiao up        （先看示例县：$commands/wenxiao up --demo）"
        say "  3. 首次启动后另开终端建立管理员：$commands/wenxiao admin create --region 行政区划代码"
        say "  4. 定期备份：$commands/wenxiao backup 备份目录"
    elif [ -d /run/systemd/system ]; then
        say "  1. 需要时修改设置：$settings（各项见“设置一览.md”）"
        say '  2. 启动并设为开机启动：systemctl enable --now wenxiao.service wenxiao-backup.timer'
        say '  3. 首次启动后建立管理员：wenxiao admin create --region 行政区划代码'
        say '  4. 看日志：journalctl --namespace=wenxiao -u wenxiao'
    else
        say '  这台计算机没有运行 systemd；单元文件已放在 /etc/systemd/system，也可以手工启动：'
        say '  wenxiao up        （先看示例县：wenxiao up --demo）'
    fi
    say "  备份、恢复、升级、卸载见“安装说明.md”和“备份与恢复.md”（也在 $prefix/current/bundle）。"
}

check_digests
check_computer
choose_places
install_release
save_before_upgrade
switch_over
[ "$(id -u)" != 0 ] || set_up_system
remove_old_releases
tell_next_steps
