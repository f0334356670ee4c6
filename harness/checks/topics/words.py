"""Words that say nothing about an answer, however they are put together."""

from __future__ import annotations

__all__ = ["FLUFF"]

FLUFF = frozenset(
    """
    about according across after again allow allowed allowing allows already also always application
    applications approach appropriate appropriately architecture backend been before being best better
    between both careful carefully code codebase common commonly component components comprehensive
    consider consideration considerations considered considering could currently data database databases
    deploy deployed deployment deployments design designed designs different django does done during
    each easily easy effective efficiency efficient efficiently enable enabled enables endpoint
    endpoints ensure ensured ensures ensuring entire environment environments etc even every example
    experience express fast faster feature features first forth from frontend full fully future general
    generally goal goals good great growth handle handled handles handling have here high higher highest
    horizontal horizontally implement implementation implementations implemented implementing important
    improve improved improvement improvements improves include includes including increase increased
    increases increasing industry infrastructure instance instances into just keep keeping keeps kept
    kind laravel large last later layer layers least less level like load loads logging logs made
    maintain maintainable maintained make makes making manage managed management many maximum metric
    metrics might minimum modern monitor monitored monitoring more most multiple must necessary need
    needs never next node nodes observability often only optimal optimisation optimise optimised
    optimization optimize optimized other ours over overall peak performance performant plan planned
    plans plus practice practices production project proper properly provide provides providing python
    quality queries query quick quickly reduce reduced reduces reducing regular regularly reliability
    reliable request requests required requirements resource resources response responses robust
    robustness route routes scalability scalable scale scaled scales scaling second secure secured
    security server servers service services several shall should simple simply single small software
    solution solutions standard standards still strategies strategy such support supporting supports
    system systems table tables test tested testing tests than that their them then there these they
    thing things think third this those time times together traffic under used user users uses using
    various vertical vertically very want well were what when where which while whole will with would
    your yours
    """.split()
)
