// Keys on the page where a paper sheet is typed: one letter sets what it names, Enter goes to the next door.
const form = document.querySelector("form[data-sheet]");

/** The line in which the focus stands. */
function lineOf(target) {
  return target.closest("[data-line]");
}

function first(line) {
  return line.querySelector("select");
}

/** Go to the next door (or back); after the last one, to the button below. */
function go(line, step) {
  const lines = [...form.querySelectorAll("[data-line]")];
  const next = lines[lines.indexOf(line) + step];
  if (next) first(next).focus();
  else if (step > 0) form.querySelector("#save, #look").focus();
}

/** Set what a key names in this line. Says whether it named anything. */
function set(line, key) {
  const outcome = line.querySelector(`option[data-key="${CSS.escape(key)}"], option[data-digit="${CSS.escape(key)}"]`);
  if (outcome) {
    first(line).value = outcome.value;
    first(line).focus();
    return true;
  }
  const box = line.querySelector(`input[data-key="${CSS.escape(key)}"]`);
  if (box) {
    box.checked = !box.checked;
    return true;
  }
  if (key === "x") {
    line.querySelector("[data-item]")?.focus();
    return true;
  }
  if (key === "Backspace" || key === "Delete") {
    first(line).value = "";
    return true;
  }
  return false;
}

form?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.id === "time" && event.key === "Enter") {
    event.preventDefault();
    first(form.querySelector("[data-line]")).focus();
    return;
  }
  const line = lineOf(event.target);
  if (!line || event.target.matches("button")) return;
  if (event.key === "Enter") {
    event.preventDefault();
    go(line, event.shiftKey ? -1 : 1);
  } else if (event.key.length === 1 || event.key === "Backspace" || event.key === "Delete") {
    if (set(line, event.key.length === 1 ? event.key.toLowerCase() : event.key)) event.preventDefault();
  }
});
