from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from shared.access.actor import NOBODY
from shared.runtime.module import MenuEntry, MenuGroup
from shared.web import assets
from shared.web.console.context import STATIC, WEB, shown_menu
from tests.e2e.gallery_app import CLERK, gallery
from tests.e2e.gallery_data import MENU

PAGES = (
    "/",
    "/oversight/findings",
    "/oversight/findings/12",
    "/target/targets",
    "/sign-in",
    "/problem",
    "/empty",
)


@pytest.fixture(autouse=True)
def _without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the files of npm packages without reading them, so that this needs no installation."""
    monkeypatch.setattr("shared.web.console.context._content_hash", lambda _name: "0123456789")


def test_only_allowed_lines_are_in_the_menu_and_the_nearest_is_active() -> None:
    groups = shown_menu(MENU, CLERK, "/oversight/findings/12")
    assert [group.title for group in groups] == ["工作", "绩效目标", "运行监控与评价", "监督整改"]
    active = [entry.title for group in groups for entry in group.entries if entry.active]
    assert active == ["整改台账"]
    assert shown_menu(MENU, NOBODY, "/") == ()
    assert (
        shown_menu(MENU, replace(CLERK, roles=frozenset({"system_admin"})), "/")[-1].title == "系统"
    )


def test_the_longest_path_above_the_page_is_active_and_a_like_name_is_not() -> None:
    act = MENU[0].entries[0].permission
    names = ("/target", "/target/targets", "/target/targets/review")
    menu = [MenuGroup("目标", tuple(MenuEntry(name, name, act) for name in reversed(names)))]
    for path, expected in (
        ("/target/targets/7", ["/target/targets"]),
        ("/target/targets/review", ["/target/targets/review"]),
        ("/target/targetsets", ["/target"]),
        ("/targets", []),
    ):
        lines = shown_menu(menu, CLERK, path)[0].entries
        assert [line.title for line in lines if line.active] == expected
        lines = shown_menu([replace(menu[0], entries=menu[0].entries[::-1])], CLERK, path)[
            0
        ].entries
        assert [line.title for line in lines if line.active] == expected


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_nothing_the_content_security_policy_refuses(path: str) -> None:
    page = gallery().test_client().get(path).text
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|data:image", page)
    for opening in re.findall(r"<script[^>]*>", page):
        assert "src=" in opening or 'type="application/json"' in opening
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


@pytest.mark.parametrize("path", PAGES)
def test_every_icon_exists(path: str) -> None:
    page = gallery().test_client().get(path).text
    sprite = (STATIC / "img" / "icons.svg").read_text(encoding="utf-8")
    used = set(re.findall(r"icons\.svg[^#\"]*#([a-z0-9-]*)", page))
    assert used
    assert used <= set(re.findall(r'id="([a-z0-9-]+)"', sprite))


def test_a_notice_is_said_once() -> None:
    client = gallery().test_client()
    answer = client.post("/oversight/findings/remind", data={"ids": ["12", "13"]})
    assert answer.status_code == 303
    assert "已生成2份催办函。" in client.get("/oversight/findings").text
    assert "已生成2份催办函。" not in client.get("/oversight/findings").text


def test_a_forged_notice_is_text_and_nothing_else() -> None:
    client = gallery().test_client()
    client.set_cookie("wenxiao_notice", "bm90IGpzb24=")
    assert client.get("/").status_code == 200


def test_a_failure_asked_for_by_htmx_is_only_its_message() -> None:
    client = gallery().test_client()
    part = client.get("/problem", headers={"HX-Request": "true"}).text
    assert "wx-alert-red" in part
    assert "<html" not in part
    assert "<html" in client.get("/problem").text


def test_static_files_outside_the_folder_are_not_found() -> None:
    client = gallery().test_client()
    for name in ("missing.css", "..%2f..%2fapp.py", "../../app.py"):
        assert client.get(f"/oversight/static/console/{name}?v=1").status_code == 404


def test_data_addresses_become_files(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    for name in (*assets.COPIED, assets.STYLE_SHEET):
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        (modules / name).write_text("x", encoding="utf-8")
    (modules / assets.STYLE_SHEET).write_text(
        """a{background:url("data:image/svg+xml,%3csvg xmlns='http://www.w3.org/2000/svg'/%3e")}""",
        encoding="utf-8",
    )
    assets.install(modules, tmp_path / "vendor")
    style = (tmp_path / "vendor" / "tabler.min.css").read_text(encoding="utf-8")
    assert "data:" not in style
    picture = next((tmp_path / "vendor" / "pictures").glob("*.svg"))
    assert f"pictures/{picture.name}" in style
    assert picture.read_text(encoding="utf-8") == "<svg xmlns='http://www.w3.org/2000/svg'/>"


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(assets.MissingPackageError, match="npm ci"):
        assets.install(tmp_path, tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_templates_and_scripts_use_no_foreign_address() -> None:
    for path in (*(WEB / "templates").rglob("*.html"), *(STATIC / "js").glob("*.js")):
        assert not re.search(r"https?://", path.read_text(encoding="utf-8")), path
