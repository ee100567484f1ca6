"""How people write medicines and doses, and when a medicine at home runs out. Plain Python, no database."""

from doorstep.desk.dosing.lines import ReadLine, read_line, read_list
from doorstep.desk.dosing.matching import Difference, differences
from doorstep.desk.dosing.model import Dose, Strength
from doorstep.desk.dosing.names import Drug, alternatives, classes, drug, drugs, find, rule_of_class
from doorstep.desk.dosing.runout import counted_a_day, packs_for, run_out_at

__all__ = [
    "Difference",
    "Dose",
    "Drug",
    "ReadLine",
    "Strength",
    "alternatives",
    "classes",
    "counted_a_day",
    "differences",
    "drug",
    "drugs",
    "find",
    "packs_for",
    "read_line",
    "read_list",
    "rule_of_class",
    "run_out_at",
]
