"""What is watched when no file says otherwise: platforms that need no credentials."""

from __future__ import annotations

from groundswell.config.records import Campaign, Config, Monitor, Source

CAMPAIGN = Campaign(
    slug="labourleaks",
    title="#LabourLeaks and its neighbours",
    description="The built-in campaign; groundswell init writes a file of your own.",
    hashtags=("LabourLeaks", "LabourLeadership", "WikiLeaks", "DNCleaks"),
)

# Everything that needs no credentials and no choice of a site (platforms.md section 1).
# Mastodon's servers are of different kinds, because none knows every post (section 4,
# "Coverage"): the two largest, one run from Britain, one more general one. Two relays of
# Nostr for the same reason.
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
    Source(slug="lemmy-world", platform="lemmy", base_url="https://lemmy.world"),
    Source(slug="misskey-io", platform="misskey", base_url="https://misskey.io"),
    Source(slug="nostr-damus", platform="nostr", base_url="wss://relay.damus.io"),
    Source(slug="nostr-nos-lol", platform="nostr", base_url="wss://nos.lol"),
    Source(slug="sepia", platform="peertube", base_url="https://sepiasearch.org"),
    Source(slug="hackernews", platform="hackernews", base_url="https://hn.algolia.com"),
    Source(slug="gdelt", platform="gdelt", base_url="https://api.gdeltproject.org"),
)


def default_config() -> Config:
    """The built-in configuration."""
    return Config(monitor=Monitor(), campaigns=(CAMPAIGN,), sources=SOURCES)
