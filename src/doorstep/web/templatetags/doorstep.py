"""How instants, states and texts of the data are shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.register.place_queries import act_words
from doorstep.wiring.texts import in_language

register = template.Library()


@register.filter
def when(value: datetime | None, incident: Any) -> str:
    """Day and time in the incident's zone; in the server's where there is no incident."""
    return formats.date_format(value.astimezone(incident.tz if incident else None), _("M j, H:i")) if value else "—"


@register.filter
def clock(value: datetime | None, incident: Any) -> str:
    """The time of day in the incident's zone."""
    return formats.time_format(value.astimezone(incident.tz), "H:i") if value else "—"


@register.filter
def day(value: datetime | None, incident: Any) -> str:
    """The day in the incident's zone."""
    return formats.date_format(value.astimezone(incident.tz), "DATE_FORMAT") if value else "—"


@register.filter
def spell(value: timedelta) -> str:
    """How long, roughly: 12 min, 3 h, 2 d."""
    minutes = max(0, int(value.total_seconds() // 60))
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)d h") % {"n": minutes // 60}
    return _("%(n)d d") % {"n": minutes // 1440}


@register.filter
def stamp(value: datetime) -> str:
    """An instant as a whole number, for an address."""
    return str(int(value.timestamp()))


@register.filter
def text(value: dict[str, str]) -> str:
    """A {zh, en} text in the language of the page."""
    return in_language(value)


LOOKS = {
    "kept": gettext_lazy("kept"),
    "open": gettext_lazy("open"),
    "risk": gettext_lazy("at risk"),
    "broken": gettext_lazy("broken"),
    "waived": gettext_lazy("waived"),
}


@register.simple_tag
def look(code: str) -> str:
    """The name of a promise's look."""
    return str(LOOKS.get(code, ""))


@register.simple_tag
def count_badge(code: str, counts: dict[str, int]) -> str:
    """A count in the shape and colour of its look; nothing stands quiet."""
    count = counts.get(code, 0)
    return format_html('<span class="badge is-{}">{}</span>', code if count else "zero", count)


@register.simple_tag
def kind_title(incident: Any, kind: str) -> str:
    """A kind of promise in words."""
    from doorstep.promises.words import kind_title as title

    return title(incident, kind)


@register.simple_tag(takes_context=True)
def can(context: Any, act: str, area: Any = None) -> bool:
    """Whether the member has the right, here or (no area) anywhere in the incident."""
    rights = context.get("rights")
    return bool(rights and rights.may(act, area))


@register.simple_tag
def clock_stamp(incident: Any) -> str:
    """The stamp of an exercise's clock, sent back with an order to move it."""
    from doorstep.command.clock import stamp_of

    return stamp_of(incident)


@register.filter
def item(mapping: dict[str, Any], key: str) -> Any:
    """mapping[key], or 0."""
    return mapping.get(key, 0)


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """mapping[key], or None."""
    return mapping.get(key)


@register.simple_tag
def outcome(code: str) -> str:
    """What happened at a door, in words."""
    from doorstep.rounds.models import Visit

    return str(Visit.Outcome(code).label)


@register.simple_tag
def answer_url(call: Any) -> str:
    """The page on which somebody who is called answers."""
    from doorstep.command.calling.tokens import answer_url as address

    return address(call)


@register.simple_tag
def spell_between(start: datetime | None, end: datetime | None) -> str:
    """How long it took from one instant to another."""
    return spell(end - start) if start and end else ""


@register.simple_tag
def act_title(act: str) -> str:
    """An act of the journal in words."""
    titles = {
        "log_decision": _("decision written in the log"),
        "log_instruction": _("instruction written in the log"),
        "log_report": _("report written in the log"),
        "log_advice": _("advice written in the log"),
        "log_question": _("question written in the log"),
        "log_strike": _("entry of the log struck by a correction"),
        "log_read": _("entry of the log read"),
        "log_done": _("instruction reported done"),
        "log_not_done": _("instruction not done after all"),
        "open_period": _("operational period opened"),
        "change_period": _("operational period changed"),
        "hold_meeting": _("meeting written down"),
        "end_meeting": _("meeting over"),
        "decide_line": _("decision put in the plan"),
        "change_line": _("line of the plan changed"),
        "drop_line": _("line taken out of the plan"),
        "undrop_line": _("line put back in the plan"),
        "sign_plan": _("action plan signed"),
        "escalate_task": _("task told to the next duty"),
        "bring_back_carrier": _("carrier back on the rounds"),
        "join_areas": _("areas joined in one plan"),
        "short_kit": _("kits are short"),
        "issue_token": _("key for a program made"),
        "revoke_token": _("key for a program taken back"),
        "make_phone_pass": _("phone given a pass"),
        "end_phone_pass": _("pass of a phone ended"),
        "phone_act_aside": _("word of a phone set aside"),
        "phone_act_photo": _("photo kept"),
        "visit_photo": _("photo kept"),
        "read_photo": _("photo looked at"),
        "remove_visit_photo": _("photo taken away"),
        "settle_visit_conflict": _("two truths of a door settled"),
        "reopen_visit_conflict": _("two truths of a door opened again"),
        "open_incident": _("incident opened"),
        "close_incident": _("incident closed"),
        "reopen_incident": _("incident opened again"),
        "move_clock": _("clock of the exercise moved"),
        "prepare_area": _("facts of an area written down"),
        "exits_checked": _("exits checked"),
        "lifting_facts": _("facts for lifting noted"),
        "withdraw_area": _("proposal withdrawn"),
        "hand_over_task": _("task handed over"),
        "finish_task": _("task done"),
        "reopen_task": _("task opened again"),
        "write_letter": _("letter written"),
        "add_member": _("member added"),
        "change_member": _("member changed"),
        "give_account": _("account given"),
        "grant": _("duty given"),
        "revoke": _("duty taken back"),
        "add_team": _("team added"),
        "change_team": _("team changed"),
        "end_team": _("team ended"),
        "reopen_team": _("team taken up again"),
        "add_organisation": _("organisation added"),
        "change_organisation": _("organisation changed"),
        "command": _("command formed"),
        "call_out": _("people called out"),
        "activate": _("command activated"),
        "hold_post": _("post of the command held"),
        "leave_post": _("post of the command left"),
        "keep_standing": _("standing directory changed"),
        "open_checklists": _("checklists opened"),
        "add_workstream": _("line of work added"),
        "own_workstream": _("line of work has another owner"),
        "answer_call": _("call answered"),
        "call_next": _("next person called"),
        "call_off": _("call called off"),
        "arrive": _("somebody who was called is there"),
        "acknowledge": _("message acknowledged"),
        "pass_on": _("message gone on to the next person"),
        "add_channel": _("channel added"),
        "remove_channel": _("channel taken away"),
        "test_channel": _("channel tested"),
        "disinfect": _("disinfected"),
        "diagnosis": _("diagnosis"),
        "gates": _("gates manned"),
        "propose_area": _("area proposed"),
        "change_places": _("area redrawn"),
        "seal": _("area sealed"),
        "extend": _("restriction extended"),
        "renew": _("restriction decided anew"),
        "rename_area": _("area renamed"),
        "accept_supply": _("supply of an area accepted"),
        "advise_area": _("advice on an area"),
        "decide_area": _("decision on an area"),
        "confirm_measure": _("measure seen to stand"),
        "add_measure": _("measure added"),
        "end_measure": _("measure ended"),
        "change_part": _("part of an area lifted"),
        "change_zone": _("zone class changed"),
        "undo_change": _("change of an area taken back"),
        "lift": _("area lifted"),
        "derive": _("promises brought up to date"),
        "waive": _("promise waived"),
        "import": _("list imported"),
        "undo_import": _("import undone"),
        "print_letters": _("letters printed door by door"),
        "write_notice": _("notice written"),
        "publish_notice": _("notice published"),
        "withdraw_notice": _("notice taken back"),
        "ask_question": _("question taken down"),
        "own_question": _("who answers was named"),
        "answer_question": _("question answered"),
        "merge_question": _("put together with another question"),
        "close_question": _("question closed without an answer"),
        "reopen_question": _("question opened again"),
        "correct": _("register corrected"),
        "take_back": _("correction taken back"),
        "move_in": _("person moved in"),
        "move_out": _("person moved out"),
        "confirm": _("register confirmed"),
        "read": _("household record read"),
        "open_task": _("task opened"),
        "plan_rounds": _("rounds planned"),
        "take_out_carrier": _("carrier taken out"),
        "lock_round": _("round locked"),
        "unlock_round": _("round unlocked"),
        "move_stop": _("door moved to another round"),
        "withdraw_plan": _("plan taken back"),
        "type_sheet": _("paper sheet typed"),
        "count_goods": _("goods counted at the gate"),
        "visit": _("door visited"),
        "undo_visit": _("visit taken back"),
        "export": _("list exported"),
        "open_post": _("post opened"),
        "change_post": _("persons of a post changed"),
        "end_post": _("post ended"),
        "reopen_post": _("post opened again"),
        "assign_shift": _("shift filled"),
        "drop_shift": _("shift taken off the roster"),
        "check_in": _("relief checked in"),
        "hand_over_shift": _("shift handed over"),
        "leave_shift": _("left the post: not available any more"),
        "step_back_shift": _("step of a shift taken back"),
        "move_goods": _("goods moved"),
        "keep_goods": _("goods kept back"),
        "free_goods": _("goods kept back let go"),
        "hold_lot": _("lot held back"),
        "release_lot": _("lot let go again"),
        "recall_lot": _("lot called back"),
        "count_store": _("store counted"),
        "add_store": _("place of goods added"),
        "add_supplier": _("supplier added"),
        "change_supplier": _("supplier changed"),
        "propose_order": _("order proposed"),
        "change_order": _("order changed"),
        "approve_order": _("order approved"),
        "send_order": _("order sent"),
        "confirm_order": _("order confirmed"),
        "expect_order": _("order comes at another time"),
        "order_received": _("order received"),
        "order_short": _("order closed short"),
        "cancel_order": _("order cancelled"),
        "step_back_order": _("step of an order taken back"),
        "design_kits": _("kits designed"),
        "change_design": _("a kit's goods changed"),
        "use_design": _("design of a kit put to use"),
        "order_kits": _("kits ordered to be packed"),
        "change_pack_order": _("pack order changed"),
        "drop_pack_order": _("pack order cancelled"),
        "undrop_pack_order": _("pack order on again"),
        "substitute": _("other goods in a pack order"),
        "pack_kit": _("kit packed"),
        "unpack_kit": _("kit unpacked"),
        "stage_kits": _("kits at the staging place"),
        "unstage_kits": _("kits back at the table"),
        "take_kits": _("kits with the carrier"),
        "issue_protection": _("protective equipment issued"),
        "count_back_protection": _("protective equipment counted back"),
        "set_aside": _("duty let go ahead without its equipment in stock"),
        "ask_permit": _("permit asked for"),
        "grant_permit": _("permit given"),
        "refuse_permit": _("permit refused"),
        "withdraw_permit": _("permit withdrawn"),
        "print_permit": _("permit printed"),
        "print_permit_list": _("permits of the gates printed"),
        "record_crossing": _("crossing at the gate"),
        "refuse_crossing": _("turned away at the gate"),
        "complete_crossing": _("opening for life explained"),
        "undo_crossing": _("crossing taken back"),
        "put_up_barrier": _("barrier put up"),
        "take_away_barrier": _("barrier taken away"),
        "set_opener": _("opener of a barrier named"),
        "check_barrier": _("barrier looked at"),
        "undo_barrier_check": _("look at a barrier taken back"),
        "set_facility": _("tent at the gate"),
        "register_parcel": _("parcel registered"),
        "hold_parcel": _("parcel taken over"),
        "hand_parcel": _("parcel handed over"),
        "refuse_parcel": _("parcel refused"),
        "tell_refusal": _("refusal told"),
        "reopen_parcel": _("parcel back at the gate"),
        "receive_message": _("message came in"),
        "take_message": _("message taken"),
        "put_back_message": _("message given back"),
        "finish_message": _("message dealt with"),
        "reopen_message": _("message opened again"),
        "read_attachment": _("photo looked at"),
        "remove_attachment": _("photo taken away"),
        "free_task": _("task lost its owner"),
        "hand_on_list": _("list handed over"),
        "entrust": _("object entrusted"),
        "pass_on_entrusted": _("object passed on"),
        "return_entrusted": _("object given back"),
        "unreturn_entrusted": _("object not given back after all"),
        "medicine_list": _("list of medicines written down"),
        "medicine_confirm": _("medicine read back and confirmed"),
        "medicine_count": _("medicine at home counted"),
        "medicine_end": _("medicine taken off the list"),
        "medicine_again": _("medicine on the list again"),
        "medicine_substitute": _("word on another brand or medicine"),
        "medicine_ask": _("household asked for its medicines"),
        "medicine_drop": _("medicine not fetched after all"),
        "medicine_collect": _("medicine collected"),
        "medicine_uncollect": _("medicine not collected after all"),
        "medicine_not_had": _("medicine not had at a source"),
        "medicine_cool": _("medicine in the cold"),
        "medicine_warm": _("medicine out of the cold"),
        "medicine_in_hand": _("medicine in the hand"),
        "request_medicines": _("medicines to be had"),
        "request_medicine_gap": _("gap of a medicine accepted"),
        "request_medicine_in_hand": _("medicine in the hand"),
        "authority_give": _("authority to collect given"),
        "authority_end": _("authority to collect ended"),
        "source_new": _("source written down"),
        "source_change": _("source corrected"),
        "source_doors": _("source open or closed"),
        "source_stock": _("what a source has"),
        "source_stock_undo": _("word on a source taken back"),
        "errand_plan": _("errand planned"),
        "errand_leave": _("courier on the way"),
        "errand_stop": _("one more stop on an errand"),
        "errand_back": _("courier back"),
        "errand_again": _("courier on the way again"),
        "errand_cancel": _("errand cancelled"),
        "errand_give": _("errand handed over"),
        "care_begin": _("treatment written down"),
        "care_stop": _("treatment ended"),
        "care_settle": _("session of a treatment settled"),
        "care_end": _("session of a treatment told about"),
        "write_offer": _("offer of help written down"),
        "consent_offer": _("consent to an offer"),
        "change_offer": _("offer of help changed"),
        "send_thanks": _("thanks sent on"),
        "make_gateway": _("key of a gateway made"),
        "revoke_gateway": _("key of a gateway taken back"),
        "request_open": _("request opened"),
        "request_give": _("request given to one person"),
        "request_lose": _("request lost its owner"),
        "request_accept": _("request accepted"),
        "request_accept_part": _("request accepted in part"),
        "request_decline": _("request declined"),
        "request_tell": _("decision told to the resident"),
        "request_note": _("note on a request"),
        "request_done": _("request done"),
        "request_confirm": _("request confirmed by the resident"),
        "request_reopen": _("request opened again"),
        "request_appeal": _("appeal against a decision"),
        "request_answer_appeal": _("appeal answered"),
        "request_change": _("request corrected"),
        "request_emergency": _("danger to life: command is told"),
        "request_calm": _("no emergency after all"),
        "request_escalate": _("request told to the next duty"),
        "request_merge": _("requests joined"),
        "request_merged": _("requests joined"),
        "request_unmerge": _("requests taken apart"),
        "request_apart": _("requests found to be two"),
        "request_propose": _("neighbour proposed for a request"),
        "request_agreed": _("neighbour and resident agree"),
        "request_helped": _("a neighbour has helped"),
        "request_not_wanted": _("a neighbour's help is not wanted"),
        "request_said": _("words of the household on a request"),
        "request_pressed": _("help called for again"),
        "request_mistake": _("call for help said to be a mistake"),
        "request_withdraw": _("request taken back by the household"),
        "name_responder": _("somebody answers for a household"),
        "end_responder": _("nobody answers for a household any more"),
        "tell_persons": _("household told how many are at home"),
        "take_back_persons": _("household took its number back"),
        "renew_code": _("private code renewed"),
        "close_code": _("private code taken away"),
        "print_codes": _("private codes printed"),
        "fill_shifts": _("roster stored"),
        "unfill_shifts": _("roster taken back"),
        "write_report": _("situation report begun"),
        "issue_report": _("situation report issued"),
        "drop_report": _("draft of a report thrown away"),
        "note_finding": _("finding written down"),
        "drop_finding": _("finding taken back"),
        "restore_finding": _("finding there again"),
        "export_incident": _("whole incident exported"),
        "take_archive": _("archive taken along"),
        "import_incident": _("incident brought in from elsewhere"),
    }
    return titles.get(act) or act_words(act)
