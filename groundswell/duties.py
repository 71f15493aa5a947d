"""What platforms' rules ask of those who keep their posts, as the configuration has it.

The lawful default is the platform's own (`Duties` in its collector); a source's `keep`,
`recheck` and `publish` say otherwise. Posts belong to a platform, not to a source, so the
sources of one platform are taken together.
"""

from __future__ import annotations

import collectors
from collectors.base import Duties
from groundswell.config.loading import Config, Source


def of_platform(config: Config, platform: str) -> Duties:
    """The duties for all posts of one platform.

    Words are kept as long as the source with the longest `keep` says, and may be shown to
    anyone only where every source says so.
    """
    usual = collectors.load(platform).duties
    mine = [of_source(one, usual) for one in config.sources if one.platform == platform]
    if not mine:
        return usual
    spans = [one.keep for one in mine]
    keep = None if None in spans else max(span for span in spans if span is not None)
    anyone = all(one.publish == "anyone" for one in mine)
    return Duties(
        keep=keep,
        ages=usual.ages,
        recheck=min((one.recheck for one in mine if one.recheck), default=None),
        publish="anyone" if anyone else "here",
        why=usual.why,
    )


def of_source(source: Source, usual: Duties) -> Duties:
    """One source's duties: what staff set, else what the platform asks for."""
    return Duties(
        keep=usual.keep if source.keep is None else source.keep.span,
        ages=usual.ages,
        recheck=usual.recheck if source.recheck is None else source.recheck.span,
        publish=source.publish or usual.publish,
        why=usual.why,
    )


def confined(config: Config, platforms: set[str]) -> dict[str, str]:
    """Those of the platforms whose words only this machine may show, with the reason."""
    known = platforms & set(collectors.available())
    found = {platform: of_platform(config, platform) for platform in sorted(known)}
    return {name: one.why for name, one in found.items() if one.publish == "here"}
