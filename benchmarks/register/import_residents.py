"""Time and memory of bringing a list of residents in: `python -m benchmarks.register.import_residents --persons 100000`.

Writes the list itself (invented people, XLSX), reads it, previews and applies it on the database of the environment
(default: a SQLite of its own). Prints rows, seconds and the peak memory of the process.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import tempfile
import time

HEADINGS = ["小区", "楼栋", "单元", "室号", "姓名", "年龄", "备注", "电话"]


def workbook(persons: int, seed: int) -> bytes:
    import xlsxwriter

    chance, out, row = random.Random(seed), io.BytesIO(), 0
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    page = book.add_worksheet("名单")
    for column, heading in enumerate(HEADINGS):
        page.write(0, column, heading)
    door = 0
    while row < persons:
        compound, place = divmod(door, 960)
        building, place = divmod(place, 96)
        stair, place = divmod(place, 24)
        room = f"{place // 4 + 1}0{place % 4 + 1}"
        for member in range(min(chance.choice([1, 2, 3, 4]), persons - row)):
            row += 1
            note = chance.choice(["", "", "独居", "高血压"])
            name = f"柳{'青蓝白红'[member]}{row % 97}"
            values = [
                f"院{compound}",
                f"{building + 1}号楼",
                f"{stair + 1}单元",
                room,
                name,
                chance.randrange(1, 95),
                note,
            ]
            for column, value in enumerate([*values, f"199-0000-{row % 10_000:04}"]):
                page.write(row, column, value)
        door += 1
    book.close()
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.web.settings")
    os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-bench-")
    import django

    django.setup()
    from django.utils import timezone

    from doorstep.register import actions
    from doorstep.storage.fresh import bring_up_to_date

    bring_up_to_date()
    data = workbook(arguments.persons, arguments.seed)
    start, cpu = time.perf_counter(), time.process_time()
    preview = actions.preview_list(data, "list.xlsx", at=timezone.now())
    previewed = time.perf_counter()
    counts = actions.apply_import(preview, at=timezone.now())
    applied = time.perf_counter()
    cpu = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"rows {counts['good']}  preview {previewed - start:.1f} s  apply {applied - previewed:.1f} s  "
        f"of which this process computed {cpu:.1f} s  peak {peak:.0f} MB"
    )


if __name__ == "__main__":
    main()
