"""`keys`: the private keys of an installation whose processes do not share a data folder."""

from __future__ import annotations

from pathlib import Path

import click

from shared.crypto.keys import KeyStore

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def keys() -> None:
    """多机运行时各处共用的密钥。"""


@keys.command()
@click.argument("folder", type=FOLDER)
def create(folder: Path) -> None:
    """在 FOLDER 里补齐全部密钥（已有的不动），列出文件名；只打印编号，不打印密钥。"""
    from shared.crypto.secrecy import secret_box  # noqa: PLC0415 (only here)

    for purpose in signing_purposes():
        key = KeyStore(folder).signing_key(purpose)
        click.echo(f"{purpose}.key\t{key.key_id}")
    for purpose in sealing_purposes():
        click.echo(f"{purpose}.secret\t{secret_box(folder, purpose).key_id}")


@keys.command()
@click.argument("purpose")
@click.argument("folder", type=FOLDER)
def rotate(purpose: str, folder: Path) -> None:
    """换掉 FOLDER 里用途为 PURPOSE 的签名密钥；原来的公钥保留，过去的签名仍可核验。"""
    if purpose not in signing_purposes():
        raise click.BadParameter(f"用途应为 {'、'.join(signing_purposes())} 之一。")
    click.echo(f"{purpose}.key\t{KeyStore(folder).rotate(purpose).key_id}")


def signing_purposes() -> tuple[str, ...]:
    """Return what the services sign: sessions, packages for other agencies, the trail."""
    from services.oversight_svc.usecases import issue_token  # noqa: PLC0415 (loads a service)
    from shared.runtime import sealing  # noqa: PLC0415
    from shared.sharing import verify_share  # noqa: PLC0415

    return issue_token.PURPOSE, verify_share.PURPOSE, sealing.KEY_PURPOSE


def sealing_purposes() -> tuple[str, ...]:
    """Return what the services encrypt: summaries of clues. Such a key cannot be changed."""
    from services.oversight_svc.usecases.transfer_clue import KEY_PURPOSE  # noqa: PLC0415

    return (KEY_PURPOSE,)
