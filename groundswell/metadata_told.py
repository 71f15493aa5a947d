"""What the tables hold that staff write, or that the monitor tells staff."""

from __future__ import annotations

from collections.abc import Mapping

CAMPAIGN = {"campaign_id": "The campaign"}
POST = {"post_id": "The post"}

# Title, description, and each column's meaning, as in metadata_words.
TOLD: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "events": (
        "Diary",
        "What staff noted in the campaign's diary.",
        {
            "id": "Number of the row",
            **CAMPAIGN,
            "at": "When it happened, UTC",
            "title": "What happened",
            "note": "More about it",
            "created_by": "Who wrote it down",
            "created_at": "When, UTC",
        },
    ),
    "alerts": (
        "Alerts",
        "What the monitor thought that staff should know.",
        {
            "id": "Number of the row",
            **CAMPAIGN,
            "platform": "Where",
            "rule": "The rule that fired: spike or silence",
            "raised_at": "The beginning of the five minutes in which it was found, UTC",
            "resolved_at": "UTC; empty: still so",
            "summary": "What is so, in a sentence",
            "evidence": "The figures behind it, JSON",
        },
    ),
    "deliveries": (
        "Notices",
        "What was told of alerts, to whom, and whether it arrived.",
        {
            "alert_id": "The alert",
            "channel": "Whom to tell, as named in the configuration",
            "event": "raised or over",
            "state": "waiting, sending, sent, failed or unsure",
            "attempts": "How often it was tried",
            "due_at": "Not before, UTC",
            "sent_at": "When it arrived, UTC",
            "error": "What went wrong last",
        },
    ),
    "reports": (
        "Reports",
        "Which reports were made on schedule, each once for its time.",
        {
            "id": "Number of the row",
            "name": "The report's name in the configuration",
            "period_from": "What it is about, from, UTC",
            "period_to": "Until, UTC, not included",
            "made_at": "When it was made, or last tried, UTC",
            "state": "made, failed or skipped (due before it was configured)",
            "error": "What went wrong; empty: nothing",
        },
    ),
    "report_deliveries": (
        "Reports sent",
        "To whom a report goes, and whether it arrived.",
        {
            "report_id": "The report",
            "channel": "Whom to tell, as named in the configuration",
            "state": "waiting, sending, sent, failed or unsure",
            "attempts": "How often it was tried",
            "due_at": "Not before, UTC",
            "sent_at": "When it arrived, UTC",
            "error": "What went wrong last",
        },
    ),
    "labels": (
        "Staff's labels",
        "Sentiment as people judged it.",
        {
            **POST,
            "labelled_by": "Who",
            "label": "negative, neutral, positive or unclear",
            "at": "When, UTC",
        },
    ),
    "notes": (
        "Staff's notes",
        "Triage of posts.",
        {
            "id": "Number of the row",
            **POST,
            "status": "Where it stands",
            "assignee": "Who has it",
            "note": "What was noted",
            "written_by": "Who wrote it",
            "at": "When, UTC",
        },
    ),
}
