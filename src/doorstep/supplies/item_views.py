"""The pages of goods: the list, one kind of goods, its form, lists in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from doorstep.command.models import JournalEntry
from doorstep.errors import UserError
from doorstep.storage.tables import to_xlsx
from doorstep.supplies import catalogue, items
from doorstep.supplies import item_queries as queries
from doorstep.supplies.item_files import bad_rows, headings, read_items, rows_of
from doorstep.supplies.item_forms import ItemForm, ItemListForm, ItemsForm
from doorstep.supplies.models import Item
from doorstep.wiring.access import needs
from doorstep.wiring.pages import XLSX, download, page_of, table, table_asked, tell, tried
from doorstep.wiring.texts import spoken

TO_MEND = "items_to_mend"
KEPT_ROWS = 500


@needs("see_supplies")
def home(request: Any) -> HttpResponse:
    """The goods, searched and by group; as XLSX and CSV too."""
    form = ItemsForm(request.GET)
    asked = form.asked()
    found = queries.items_in(asked)
    if table_asked(request):
        return table(request, "items", headings(), rows_of(found))
    pages = page_of(request, found)
    context = {
        "form": form,
        "asked": asked,
        "pages": pages,
        "lines": queries.lines_of(pages),
        "found": pages.paginator.count,
        "any": bool(pages) or Item.objects.exists(),
        "may_manage": _may_manage(request),
        "may_export": request.rights.may("export"),
    }
    return render(request, "supplies/items.html", context)


@needs("see_supplies")
def item(request: Any, code: str) -> HttpResponse:
    """One kind of goods: its pack, figures, source, and what was changed."""
    found = _item(code)
    context = {
        "item": found,
        "group": queries.group_name(found.group),
        "pack": queries.pack_text(found),
        "price": None if found.price_cents is None else found.price_cents / 100,
        "figures": queries.figures_of(found),
        "tags": queries.tag_names(found.contains),
        "fits": queries.fits(found),
        "changes": queries.changes_of(found),
        "own": [queries.field_name(name) for name in found.own],
        "in_catalogue": found.code in catalogue.goods(),
        "may_manage": _may_manage(request),
    }
    return render(request, "supplies/item.html", context)


@needs("manage_supplies")
def edit(request: Any, code: str) -> HttpResponse:
    """Change one kind of goods."""
    _manage(request)
    found = _item(code)
    form = ItemForm(found, request.POST or None)
    if request.method == "POST":
        done, made = tried(form, lambda: items.change_item(found, form.facts(), _act(request)))
        if done:
            messages.success(request, _("Written down.") if made.changed else _("Nothing was changed."))
            return redirect("supplies:item", code)
    return render(request, "supplies/item_edit.html", {"form": form, "item": found}, status=422 if form.errors else 200)


@needs("manage_supplies")
def new(request: Any) -> HttpResponse:
    """Goods that the catalogue does not have."""
    _manage(request)
    form = ItemForm(None, request.POST or None, initial={"barcode": request.GET.get("barcode", "")[:32]})
    if request.method == "POST":
        done, made = tried(form, lambda: items.add_item(form.cleaned_data["code"], form.facts(), _act(request)))
        if done:
            messages.success(request, _("The goods are in the catalogue."))
            return redirect("supplies:item", made.code)
    return render(request, "supplies/item_edit.html", {"form": form}, status=422 if form.errors else 200)


@needs("manage_supplies")
@require_POST
def load(request: Any) -> HttpResponse:
    """Bring in the starter catalogue; what people here changed stays."""
    _manage(request)
    done = items.load_starter(_act(request))
    messages.success(
        request, _told(done) if done.made or done.changed else _("The catalogue is in already; nothing was new.")
    )
    return redirect("supplies:items")


@needs("manage_supplies")
@require_POST
def reset(request: Any, code: str) -> HttpResponse:
    """Back to the figures of the starter catalogue."""
    _manage(request)
    found = _item(code)
    goods = catalogue.goods().get(code)
    if goods is None:
        raise Http404
    items.change_item(found, items.starter_facts(goods), _act(request))
    messages.success(request, _("The figures are those of the catalogue again."))
    return redirect("supplies:item", code)


@needs("manage_supplies")
@require_POST
def undo(request: Any, pk: int) -> HttpResponse:
    """Take a change or a list back."""
    _manage(request)
    entry = get_object_or_404(JournalEntry, pk=pk, act__in=(items.CHANGE, items.IMPORT))
    items.take_back(entry, _act(request))
    messages.success(request, _("Taken back."))
    changed = list(entry.data["changed"])
    return redirect("supplies:item", changed[0]) if len(changed) == 1 else redirect("supplies:items")


@needs("manage_supplies")
def bring(request: Any) -> HttpResponse:
    """Bring in a list: good rows go in, the others come back with what to do."""
    _manage(request)
    form = ItemListForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        request.session.pop(TO_MEND, None)
        return render(request, "supplies/items_bring.html", {"form": form})
    if not form.is_valid():
        return render(request, "supplies/items_bring.html", {"form": form}, status=422)
    upload = form.cleaned_data["file"]
    try:
        reading = read_items(upload.read(), upload.name)
        done = items.import_items(reading.good, _act(request), filename=upload.name)
    except UserError as error:
        tell(form, spoken(error))
        return render(request, "supplies/items_bring.html", {"form": form}, status=422)
    titles, rows = bad_rows(reading)
    request.session[TO_MEND] = {"headings": titles, "rows": rows[:KEPT_ROWS]} if rows else None
    context = {
        "form": ItemListForm(),
        "filename": upload.name,
        "done": done,
        "bad": reading.bad[:50],
        "reading": reading,
    }
    return render(request, "supplies/items_bring.html", context)


@needs("manage_supplies")
def to_mend(request: Any) -> HttpResponse:
    """The rows of the last list that could not go in, as a file."""
    kept = request.session.get(TO_MEND)
    if not kept:
        raise Http404
    return download(to_xlsx(kept["headings"], kept["rows"]), XLSX, "items-to-mend.xlsx")


def _told(done: items.Done) -> str:
    made, changed = len(done.made), len(done.changed)
    return " ".join(
        (
            ngettext("%(n)d new kind of goods.", "%(n)d new kinds of goods.", made) % {"n": made},
            ngettext("%(n)d changed.", "%(n)d changed.", changed) % {"n": changed},
        )
    )


def _item(code: str) -> Item:
    return get_object_or_404(Item, code=code)


def _may_manage(request: Any) -> bool:
    return bool(request.rights.covers("manage_supplies"))


def _manage(request: Any) -> None:
    """Goods are the same in every area: who changes them has the duty in the whole incident."""
    request.rights.require_everywhere("manage_supplies")


def _act(request: Any) -> items.Act:
    at: datetime = request.incident.now() if request.incident else timezone.now()
    return items.Act(at, request.member, request.incident)
