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
            "rule": "Its kind: spike, silence, tone, hashtag, link, audience, copies, "
            "cited, source or mention",
            "subject": "What it is about: a measure, a tag, an address, an account, "
            "a source",
            "raised_at": "The beginning of the time in which it was found, UTC",
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
    "cited": (
        "Posts that many shared",
        "Watched for edits and deletions.",
        {
            **CAMPAIGN,
            **POST,
            "since_at": "Since when, UTC",
            "state": "What was last known of it",
            "edited_at": "The edit that was last known, UTC",
        },
    ),
    "draws": (
        "Random draws",
        "When posts were drawn at random for staff to label, from how many.",
        {
            "id": "Number of the row",
            **CAMPAIGN,
            "from_at": "The time they were drawn from, UTC",
            "to_at": "Its end, not included, UTC",
            "population": "Scored live posts of that time",
            "size": "How many were drawn",
            "at": "When, UTC",
        },
    ),
    "samples": (
        "Posts to label",
        "The posts that were drawn, each once.",
        {**CAMPAIGN, **POST, "draw_id": "The draw that it came from first"},
    ),
    "inbox": (
        "Posts that need an eye",
        "Which rule brought a post into the inbox.",
        {**CAMPAIGN, **POST, "rule_id": "The rule", "at": "When, UTC"},
    ),
    "inbox_rules": (
        "Rules of the inbox",
        "What staff want to see.",
        {
            "id": "Number of the row",
            **CAMPAIGN,
            "kind": "question, audience, listed, rise or named",
            "value": "The account, for listed and named",
            "least": "Followers, or shares an hour, from which on it holds",
            "created_by": "Who wrote it",
            "created_at": "When, UTC",
            "removed_at": "When it was taken away, UTC; empty: it holds",
            "removed_by": "Who took it away",
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
