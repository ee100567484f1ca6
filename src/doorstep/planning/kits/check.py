"""Whether a plan of kits holds. Shares no code with the planner: it counts everything again from the problem."""

from __future__ import annotations

from collections import Counter

from doorstep.planning.kits.plan import KitsPlan
from doorstep.planning.kits.problem import KitsProblem

EPS = 1e-6


def check(problem: KitsProblem, plan: KitsPlan) -> list[str]:
    """Every way in which the plan breaks the problem; empty when it holds."""
    foods = {food.id: food for food in problem.foods}
    classes = {group.id: group for group in problem.classes}
    named = Counter(kit.household_class for kit in plan.kits)
    wrong = [f"class {key} has {named[key]} kits" for key in classes if named[key] != 1]
    used: Counter[str] = Counter()
    missing = {(line.household_class, line.nutrient) for line in plan.shortfalls}
    cost = objective = 0.0
    for kit in plan.kits:
        group = classes[kit.household_class]
        packs = dict(kit.packs)
        price = 0.0
        for name, many in packs.items():
            food = foods[name]
            used[name] += many * group.households
            price += many * food.cost
            if food.contains & group.bans:
                wrong.append(f"{group.id}: {name} is not for them")
            if not 0 < many <= max(food.most, group.must.get(name, 0)):
                wrong.append(f"{group.id}: {many} packs of {name}")
        weight = sum(many * foods[name].weight_kg for name, many in packs.items())
        if group.weight_limit_kg is not None and weight > group.weight_limit_kg + EPS:
            wrong.append(f"{group.id}: too heavy")
        if group.kinds_most is not None and len(packs) > group.kinds_most:
            wrong.append(f"{group.id}: too many kinds")
        lack = max(0, group.kinds_least - len(packs)) / max(group.kinds_least, 1)
        if lack and (group.id, "kinds") not in missing:
            wrong.append(f"{group.id}: too few kinds, and not named")
        for name, many in group.must.items():
            if packs.get(name, 0) < many and (group.id, name) not in missing:
                wrong.append(f"{group.id}: without its {name}, and not named")
            lack += max(0, many - packs.get(name, 0)) / many
        for need in group.needs:
            given = sum(many * foods[name].nutrients.get(need.nutrient, 0.0) for name, many in packs.items())
            short = max(0.0, need.least - given) / need.least if need.least else 0.0
            over = max(0.0, given - need.most) / max(need.most, EPS) if need.most is not None else 0.0
            lack += need.grave * (short + over)
            if max(short, over) > 1e-4 and (group.id, need.nutrient) not in missing:
                wrong.append(f"{group.id}: {need.nutrient} is not met, and not named")
        cost += price * group.households
        objective += (price + problem.shortfall_cost * lack) * group.households
    for name, many in used.items():
        stock = foods[name].stock
        if stock is not None and many > stock:
            wrong.append(f"{name}: {many} packs of {stock}")
    if abs(cost - plan.cost) > 1e-6 * max(1.0, cost):
        wrong.append(f"the cost is {cost}, not {plan.cost}")
    if abs(objective - plan.objective) > 1e-5 * max(1.0, objective):
        wrong.append(f"the objective is {objective}, not {plan.objective}")
    if plan.lower_bound > objective * (1 + 1e-6) + EPS:
        wrong.append("the bound is above the objective")
    return wrong
