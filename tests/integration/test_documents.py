"""Word documents as LibreOffice opens them: filled, escaped, printable, the same every time."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.shared import Mm, RGBColor
from fixtures import papers

from shared.documents.rendering import DocumentTemplateError, render_document
from shared.files.media import DOCX, media_type_of
from shared.files.opening import inspect

TEMPLATES = Path(__file__).parents[2] / "services" / "oversight_svc" / "documents"
ODD = "资金<闲置>&“{{ organisation }}”{% for %}\x00\x07\x0c\ufffe"
ROWS = 45
FINDING = {
    "problem": ODD,
    "amount": Decimal("123456.78"),
    "basis": "预算法第五十七条",
    "requirement": "收回资金",
    "kind": "立行立改",
    "due": date(2026, 12, 31),
    "days": 12,
    "unit": "县教育局",
    "source": "审计移送",
    "state": "整改中",
}
FINDINGS = [FINDING | {"number": f"W2026-{number:03}"} for number in range(1, ROWS + 1)]
HEAD = {
    "organisation": "岳池县财政局",
    "document_number": "岳财监〔2026〕12号",
    "recipient": "县教育局",
    "contact": "张三，电话0826-5220000",
    "issuer": "岳池县财政局",
    "date": date(2026, 11, 22),
}
GROUPS = [
    {
        "label": label,
        "count": count,
        "amount": Decimal(count * 10_000),
        "rectified_count": 1,
        "rectified_amount": Decimal(5_000),
    }
    for label, count in (("审计", 3), ("巡察", 4))
]
CONTEXTS: dict[str, dict[str, Any]] = {
    "rectification_notice.docx": HEAD
    | {"subject": "关于限期整改的通知", "paragraphs": ["第一段。", ODD], "findings": FINDINGS},
    "urging_letter.docx": HEAD
    | {
        "document_number": "",
        "date": None,
        "earlier_number": "岳财监〔2026〕9号",
        "as_of": date(2026, 11, 22),
        "demand": "于2026年12月10日前完成整改。",
        "findings": FINDINGS,
    },
    "accountability_proposal.docx": HEAD
    | {
        "subject": "问责建议书",
        "opening": "现就资金闲置提出问责建议如下。",
        "units": "县教育局",
        "trigger": "拒不整改",
        "acted_on": date(2026, 3, 4),
        "project": "",
        "facts": ODD,
        "basis": "《实施办法》第十条",
        "proof_number": "",
        "people": [
            {
                "name": "张局长", "post": "县教育局局长", "capacity": "单位负责人",
                "started": "不详", "ended": "2026年5月1日", "basis": "任职文件",
            },
        ],
        "advice_heading": "建议措施",
        "advice": "建议采取：约谈。",
        "findings": FINDINGS,
    },
    "rectification_report.docx": HEAD
    | {
        "subject": "2026年度整改情况报告",
        "period": "2026年度",
        "as_of": date(2026, 11, 22),
        "paragraphs": ["继续督办。"],
        "total": {"count": 7, "amount": Decimal(70_000)},
        "states": GROUPS,
        "sources": GROUPS,
        "units": GROUPS,
        "kinds": [],
        "details": FINDINGS,
    },
}  # fmt: skip
LISTS = tuple(CONTEXTS)
"""Those with a list of findings; a letter of transfer has none."""
CONTEXTS["clue_transfer.docx"] = HEAD | {
    "recipient": ODD,
    "found_on": date(2026, 3, 1),
    "number": "线索2026-001",
    "receipt_due": None,
}


def made(name: str, **changes: Any) -> bytes:
    return render_document(TEMPLATES / name, CONTEXTS[name] | changes)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every document printed by one run of LibreOffice: name → text, pages parted by form feeds."""
    folder = tmp_path_factory.mktemp("documents")
    for name in CONTEXTS:
        (folder / name).write_bytes(made(name))
    office, reader = shutil.which("soffice"), shutil.which("pdftotext")
    assert office, "LibreOffice is missing: python -m shared.testing.servers"
    assert reader, "poppler-utils is missing: python -m shared.testing.servers"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    subprocess.run(  # noqa: S603 (an installed program, our own files)
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *CONTEXTS],
        cwd=folder, check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return {
        name: subprocess.run(  # noqa: S603 (likewise)
            [reader, "-layout", folder / name.replace(".docx", ".pdf"), "-"],
            check=True, capture_output=True, text=True, timeout=60,
        ).stdout
        for name in CONTEXTS
    }  # fmt: skip


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rectification_notice.docx", ["岳财监〔2026〕12号", "关于限期整改的通知", "县教育局：",
         "2026年11月22日", "现将发现的45个问题", "12.35",
         "合计共45个问题555.56", "预算法第五十七条"]),
        ("urging_letter.docx", ["〔〕号", "年月日", "《岳财监〔2026〕9号》",
         "尚有45个问题超过规定期限", "于2026年12月10日前完成整改。", "2026年12月31日"]),
        ("accountability_proposal.docx", ["问责建议书", "三、依据《实施办法》第十条四、责任人",
         "责任人共1名，见附件1", "县教育局局长", "2026年5月1日", "建议采取：约谈。", "审计移送"]),
        ("clue_transfer.docx", ["移送书", "2026年3月1日", "线索2026-001",
         "请签收并退还回执", "移送书签收回执", "本书不载明线索内容"]),
        ("rectification_report.docx", ["共涉及问题7个〔表1〕、金额7.00万元〔表1〕",
         "审计3个、3.00万元〔表1〕；巡察4个、4.00万元〔表1〕。", "已整改1个、0.50万元〔表3〕",
         "按整改类型分：无。", "表5问题明细"]),
    ],
)  # fmt: skip
def test_what_is_printed(printed: dict[str, str], name: str, expected: list[str]) -> None:
    text = squeezed(printed[name])
    for words in [*expected, "岳池县财政局文件"]:
        assert words in text


@pytest.mark.parametrize("name", LISTS)
def test_every_row_is_printed_under_a_repeated_heading(printed: dict[str, str], name: str) -> None:
    numbers = re.findall(r"W2026-\d{3}", printed[name])
    assert sorted(numbers) == [each["number"] for each in FINDINGS]
    pages = [page for page in printed[name].split("\f") if "W2026-" in page]
    assert len(pages) > 1
    assert all("存在问题" in page for page in pages)


@pytest.mark.parametrize("name", CONTEXTS)
def test_what_is_filled_in_stays_text(printed: dict[str, str], name: str) -> None:
    seen = squeezed(printed[name])
    assert "资金<闲置>&" in seen
    assert "{{organisation}}" in seen
    assert inspect(made(name), DOCX) == 0
    assert media_type_of(made(name)) == DOCX


@pytest.mark.parametrize("name", CONTEXTS)
def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    assert made(name) == made(name)
    assert made(name) != made(name, issuer="他局")
    with zipfile.ZipFile(BytesIO(made(name))) as archive:
        assert archive.namelist()[0] == "[Content_Types].xml"


@pytest.mark.parametrize("name", CONTEXTS)
def test_the_layout_is_that_of_official_papers(name: str) -> None:
    document = docx.Document(BytesIO(made(name)))
    section = document.sections[0]
    assert abs(section.top_margin - Mm(37)) < Mm(0.1)
    assert abs(section.left_margin - Mm(28)) < Mm(0.1)
    head = document.paragraphs[0].runs[0]
    assert head.font.color.rgb == RGBColor(0xFF, 0, 0)
    fonts = set(re.findall(r'w:eastAsia="([^"]+)"', document.element.xml))
    assert fonts >= {"仿宋_GB2312", "黑体", "方正小标宋简体"}
    assert ("w:tblHeader" in document.element.xml) == (name in LISTS)


def test_a_place_the_context_lacks_is_a_fault() -> None:
    context = {
        key: value for key, value in CONTEXTS["urging_letter.docx"].items() if key != "demand"
    }
    with pytest.raises(DocumentTemplateError, match="demand"):
        render_document(TEMPLATES / "urging_letter.docx", context)


def test_a_template_can_do_nothing_but_fill_in(tmp_path: Path) -> None:
    body = "<w:p><w:r><w:t>{{ name.__class__.__mro__ }}</w:t></w:r></w:p>"
    template = tmp_path / "a.docx"
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    given = BytesIO(papers.docx(body))
    with zipfile.ZipFile(given) as source, zipfile.ZipFile(template, "w") as out:
        out.writestr("word/document.xml", source.read("word/document.xml"))
        out.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{kinds}"><Default Extension="rels" ContentType="{relations}"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        )
        out.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{links}"><Relationship Id="r" Type="{office}"'
            ' Target="word/document.xml"/></Relationships>',
        )
    with pytest.raises(DocumentTemplateError, match="unsafe"):
        render_document(template, {"name": "甲"})
