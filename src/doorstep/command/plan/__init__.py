"""The action plan: meetings decide, decisions become tasks, the plan is signed, the next period takes over what is open."""
