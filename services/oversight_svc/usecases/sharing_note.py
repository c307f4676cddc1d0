"""The printable delivery note (交接单) inside a package: what it holds, how it is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from services.oversight_svc.store.sharing import ShareGrantRow
from shared.sharing.package import WrittenResource
from shared.terms import label
from shared.terms.vocabulary import ShareEntry

_HEAD = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>共享数据交接单</title><style>
body{font:14px/1.7 FangSong,"Noto Serif SC",serif;margin:2em auto;max-width:48em}
h1{text-align:center}table{border-collapse:collapse;width:100%}
th,td{border:1px solid #000;padding:.3em .6em;text-align:left;vertical-align:top}
td{word-break:break-all}</style></head><body>
"""


def delivery_note(
    facts: Mapping[str, str],
    grant: ShareGrantRow,
    written: Sequence[WrittenResource],
    key_id: str,
) -> str:
    """Return the note as HTML, for A4; the same facts always give the same text."""
    kind = "审计取证包" if facts["project_id"] else "共享数据包"
    rows = [
        ("授权编号", grant.number),
        ("用途", grant.purpose),
        ("接收机关", label("raising_body", grant.grantee)),
        ("使用条件", grant.terms or "仅用于上述用途，不得转交。"),
        ("有效期止", grant.expires_on.isoformat()),
        ("授权人", grant.granted_by_name),
        ("交付标识", facts["delivery_id"]),
        ("数据截至", facts["created"]),
        *([("项目标识", facts["project_id"])] if facts["project_id"] else []),
        ("签名公钥", key_id),
    ]
    index = "".join(
        f"<tr><td>{place}</td><td>{label('share_entry', ShareEntry(each.name))}<br>"
        f"{escape(each.title)}</td><td>data/{each.name}.csv</td><td>{each.rows}</td>"
        f"<td>{each.chain}</td></tr>"
        for place, each in enumerate(written, start=1)
    )
    facts_table = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows
    )
    return (
        f"{_HEAD}<h1>{kind}交接单</h1><table>{facts_table}</table><h2>目录</h2>"
        "<table><tr><th>序号</th><th>内容</th><th>文件</th><th>条数</th><th>记录摘要链</th></tr>"
        f"{index}</table><h2>校验</h2><p>校验命令：wenxiao share verify 本包.zip --key 公钥.pem"
        "（或 python verify_share.py）。公钥从提供方另行取得，编号应与上表一致；"
        "记录摘要链与接口读取的相同。</p>"
        "<p>移交人：____________　　接收人：____________　　日期：________年____月____日</p>"
        "</body></html>\n"
    )
