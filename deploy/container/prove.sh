#!/usr/bin/env bash
# Builds the image on a bare Debian 12 and runs it as a cluster would: no root, read-only, no rights.
#
#   deploy/container/prove.sh [build options, e.g. --volume /etc/pip.conf:/etc/pip.conf:ro]
#
# Needs root on a Debian 12 with buildah, podman, runc and mmdebstrap (apt-get install). The base system is made
# from the machine's own package sources, so no image registry is asked; its digest is pinned as a real
# one would be. `isolation=chroot`: works where the machine itself is a container.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
name=wenxiao-proof-$$
image=localhost/$name
# A store of its own: nothing of the machine's images is touched, all of it goes away.
stores=(--root "$work/store" --runroot "$work/run" --storage-driver overlay)
finish() {
  podman "${stores[@]}" rm --force --time 30 "$name" >/dev/null 2>&1 || true
  podman "${stores[@]}" unshare true >/dev/null 2>&1 || true
  umount -l "$work"/store/overlay >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
say() { printf '\n== %s\n' "$*"; }

say 'a bare Debian 12 from the sources of this machine'
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  grep ' bookworm' | sort -u >"$work/sources.list"
test -s "$work/sources.list"
options=()
while read -r line; do options+=("--aptopt=$line"); done < <(
  apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy) ' || true
)
mmdebstrap --quiet --variant=minbase "${options[@]}" bookworm "$work/base.tar" - <"$work/sources.list"
empty=$(buildah "${stores[@]}" from scratch)
buildah "${stores[@]}" add --quiet "$empty" "$work/base.tar" / >/dev/null
buildah "${stores[@]}" commit --quiet --rm "$empty" localhost/debian:12 >/dev/null
rm "$work/base.tar"
base=localhost/debian@$(podman "${stores[@]}" image inspect --format '{{.Digest}}' localhost/debian:12)
echo "$base"

build=(buildah "${stores[@]}" build --isolation chroot --format oci --file deploy/container/Containerfile
  --ignorefile deploy/container/Containerfile.dockerignore "$@")
say 'a base without digest is refused'
if "${build[@]}" --build-arg BASE=localhost/debian:12 --tag "$image-unpinned" . >"$work/refused" 2>&1; then
  echo 'it was not' >&2; exit 1
fi
grep 'BASE must end in' "$work/refused"

say 'the image'
"${build[@]}" --build-arg "BASE=$base" --tag "$image" .
podman "${stores[@]}" image inspect --format 'user {{.User}}, {{.Size}} bytes, {{.Digest}}' "$image"

say 'the example county: no root, read-only root, no capability, no new rights'
podman "${stores[@]}" --runtime runc run --detach --name "$name" --read-only --read-only-tmpfs=false --tmpfs /tmp:size=256m \
  --volume "$name-data:/var/lib/wenxiao" --cap-drop ALL --security-opt no-new-privileges \
  --network none --memory 1g --pids-limit 256 --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
  "$image" up --demo >/dev/null
inside() { podman "${stores[@]}" exec "$name" "$@"; }
until inside wenxiao check-health http://127.0.0.1:8080/oversight/readyz >/dev/null 2>&1; do
  podman "${stores[@]}" inspect --format '{{.State.Running}}' "$name" | grep -q true || {
    podman "${stores[@]}" logs "$name" >&2; exit 1
  }
  sleep 2
done
podman "${stores[@]}" logs "$name" 2>&1 | grep 问效已启动
for prefix in target monitoring evaluation oversight; do
  inside wenxiao check-health "http://127.0.0.1:8080/$prefix/readyz"
done
inside wenxiao check-health http://127.0.0.1:8080/sign-in
echo "user $(inside id -u)"
test "$(inside id -u)" = 10001
inside grep -E '^(NoNewPrivs:.1|CapEff:.0+|CapBnd:.0+)$' /proc/1/status | tee "$work/status"
test "$(wc -l <"$work/status")" = 3
if inside touch /opt/wenxiao/written 2>"$work/touch"; then echo 'the root can be written' >&2; exit 1; fi
cat "$work/touch"

say 'stopped in order'
podman "${stores[@]}" stop --time 45 "$name" >/dev/null
code=$(podman "${stores[@]}" inspect --format '{{.State.ExitCode}}' "$name")
echo "exit code $code"
test "$code" = 0
