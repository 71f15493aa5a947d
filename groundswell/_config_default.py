"""What is watched when no file says otherwise: platforms that need no credentials."""

from __future__ import annotations

from groundswell._config_records import Campaign, Config, Monitor, Source

CAMPAIGN = Campaign(
    slug="labourleaks",
    title="#LabourLeaks and its neighbours",
    description="The built-in campaign; groundswell init writes a file of your own.",
    hashtags=("LabourLeaks", "LabourLeadership", "WikiLeaks", "DNCleaks"),
)

# Servers of different kinds, because none knows every post (platforms.md section 4,
# "Coverage"): the two largest, one run from Britain, one more general one.
SOURCES = (
    Source(
        slug="mastodon-social",
        platform="mastodon",
        base_url="https://mastodon.social",
    ),
    Source(slug="mstdn-social", platform="mastodon", base_url="https://mstdn.social"),
    Source(
        slug="mastodonapp-uk", platform="mastodon", base_url="https://mastodonapp.uk"
    ),
    Source(slug="mas-to", platform="mastodon", base_url="https://mas.to"),
    Source(
        slug="bluesky",
        platform="bluesky",
        base_url="wss://jetstream2.us-east.bsky.network",
    ),
)


def default_config() -> Config:
    """The built-in configuration."""
    return Config(monitor=Monitor(), campaigns=(CAMPAIGN,), sources=SOURCES)
