"""Every component on a few pages with realistic contents: for eyes and for the shell's tests.

`python -m tests.e2e.gallery_app 8099` serves it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Flask, Response, g, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from shared.access.actor import Actor, Scope
from shared.clock import local_date
from shared.errors import FieldProblem
from shared.web.console.context import register_console
from shared.web.console.forms import Form, bind, blank
from shared.web.console.lists import list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.pages import render_problem_page
from shared.web.identity import Identity
from shared.web.problems import Problem
from tests.e2e import gallery_data as data

STRICT_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
CLERK = Actor(
    account_id=UUID(int=1),
    name="赵敏",
    post_id=UUID(int=2),
    post_name="监督评价股经办",
    roles=frozenset({"fin_perf"}),
    scope=Scope(region="511621", whole_region=True),
)


pages = Blueprint("pages", __name__)


class RehearsedDay:
    """A clock that stands on 10 October 2023."""

    is_rehearsal = True

    def now(self) -> datetime:
        """Return the standing instant."""
        return datetime(2023, 10, 10, 1, 0, tzinfo=UTC)

    def today(self):  # noqa: ANN201
        """Return the standing day."""
        return local_date(self.now())


def gallery() -> Flask:
    """Return the gallery as an application of its own."""
    app = Flask(
        "gallery", static_folder=None, template_folder=str(Path(__file__).parent / "gallery")
    )
    register_console(
        app,
        title="问效",
        clock=RehearsedDay(),
        menu=data.MENU,
        region_name="岳池县",
        url_prefix="/oversight",
        unit_name=lambda _actor: "岳池县财政局",
    )
    app.before_request(_identify)
    app.after_request(_protect)
    app.register_blueprint(pages)
    return app


@pages.get("/")
def desk() -> str:
    """Draw tiles, tabs, charts, batches, a text to copy."""
    return render_template("gallery_desk.html", data=data)


@pages.get("/oversight/findings/12")
def finding() -> str:
    """Draw one finding: chain, facts, comparison, timeline, dialogs."""
    return render_template("gallery_finding.html", data=data)


@pages.post("/oversight/findings/remind")
def remind() -> BaseResponse:
    """Take the ticked rows."""
    count = len(request.form.getlist("ids"))
    return redirect_with_notice("/oversight/findings", f"已生成{count}份催办函。")


@pages.get("/sign-in")
def sign_in() -> str:
    """Draw the sign-in page with the accounts of the example."""
    return render_template(
        "shell/sign_in.html",
        form=Form(data.TargetForm(), {}),
        next_path="/",
        accounts=[{"account": "clerk", "post": "监督评价股经办"}],
    )


@pages.get("/problem")
def problem() -> str:
    """Draw a refusal."""
    said = "您的岗位没有「销号」的权限；如确需办理，请联系安全管理员调整岗位。"
    return render_problem_page(Problem(403, "forbidden", said, "0192f0c1-7b1e"))


@pages.get("/empty")
def empty() -> str:
    """Draw a page that has nothing yet."""
    return render_template(
        "shell/empty.html",
        heading="还没有评价任务",
        hint="先从项目库选择项目，再下达评价任务。",
        action=data.Link("去项目库选择", "/target/projects"),
    )


@pages.get("/session")
def session() -> dict[str, bool]:
    """Answer the page's question whether the session lives."""
    return {"ok": True}


@pages.get("/session/posts")
def posts() -> str:
    """Draw the lines of the switcher."""
    return render_template("shell/posts.html", posts=data.POSTS)


@pages.get("/batches/1")
def batch() -> str:
    """Draw a running batch alone."""
    return render_template("gallery_batch.html", data=data)


@pages.post("/files")
def upload() -> str:
    """Accept any file."""
    return "<ul><li><a href='/files/9'>已收到.pdf</a></li></ul>"


def _identify() -> None:
    g.correlation_id = "0192f0c1-7b1e-7cc3-a1d2-9b6f5e0a4c11"
    g.identity = Identity(CLERK, csrf="gallery-token", by_cookie=True)


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = STRICT_POLICY
    return response


@pages.get("/oversight/findings")
def findings() -> str:
    """Draw the ledger; the keyword 没有 finds nothing."""
    view = list_view(
        request.path, request.args, columns=data.COLUMNS, filters=data.FILTERS, default_sort="due"
    )
    rows = [] if view.value("q") == "没有" else data.FINDINGS
    return render_template("gallery_list.html", view=view, rows=rows, data=data)


@pages.route("/target/targets", methods=["GET", "POST"])
def target() -> str | tuple[str, int]:
    """Draw the form; refuse what is posted when wrong."""
    if request.method == "GET":
        return render_template(
            "gallery_form.html", form=blank(data.TargetForm(), data.INITIAL), data=data
        )
    form = bind(data.TargetForm(), request.form)
    if form.is_valid:
        total = sum(row["weight"] for row in form.data["indicators"])
        if total != 90:
            form.problems = (FieldProblem("indicators", "weights", f"权重合计为{total}，应为90。"),)
    return render_template("gallery_form.html", form=form, data=data), 200 if form.is_valid else 422


if __name__ == "__main__":
    gallery().run(port=int(sys.argv[1]), debug=False)
