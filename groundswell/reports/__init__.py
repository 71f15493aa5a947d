"""Reports: a day or a week of campaigns as HTML for mail, as plain text, and as PDF."""
