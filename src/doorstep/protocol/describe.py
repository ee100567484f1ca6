"""A protocol in plain words, for whoever reads rules for a living."""

from __future__ import annotations

from doorstep.protocol.schema import Protocol

WORDS = {
    "zh": {
        "zones": "分区",
        "kits": "物资",
        "contact": "联系时限（小时）",
        "paths": "人员流程",
        "basis": "依据",
        "days": "天",
    },
    "en": {
        "zones": "Zones",
        "kits": "Kits",
        "contact": "Contact at least every (h)",
        "paths": "Pathways",
        "basis": "Basis",
        "days": "days",
    },
}


def describe(protocol: Protocol, lang: str) -> str:
    """The rules of a file as text, in `zh` or `en`."""
    words = WORDS[lang]
    lines = [f"{protocol.title[lang]}  ({protocol.id})", protocol.issuer[lang], "", words["zones"]]
    for key, zone in protocol.zones.items():
        lines.append(f"  {zone.title[lang]} ({key}): {zone.rule[lang]}")
        lines += [f"    · {measure.title[lang]}" for measure in zone.measures]
    if protocol.supply.kits:
        lines += ["", words["kits"]]
        for kit in protocol.supply.kits:
            often = f" / {kit.every_days:g} {words['days']}" if kit.every_days else ""
            lines.append(f"  {kit.title[lang]}{often}: {kit.kg_per_household:g} kg + {kit.kg_per_person:g} kg × n")
    lines += ["", words["contact"]]
    for code, hours in sorted(protocol.contact.limit_hours.items(), key=lambda item: item[1]):
        lines.append(f"  {protocol.classes.get(code, {}).get(lang, '—' if code != 'other' else '…')}: {hours:g}")
    if protocol.pathways:
        lines += ["", words["paths"]]
        for key, path in protocol.pathways.items():
            lines.append(f"  {key}: " + " → ".join(f"{s.title[lang]} {s.days} {words['days']}" for s in path))
    lines += ["", words["basis"]]
    lines += [f"  {block}: {b.mark} — {protocol.sources[b.source]}" for block, b in sorted(protocol.basis.items())]
    return "\n".join(lines)
