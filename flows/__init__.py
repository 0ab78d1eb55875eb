"""ORDER: the Prefect flows, each a few lines that call verbs, and the machine that they share with the inline path.

`advance` moves an incident; `lease` lets one process at a time do so; `basis` tells when to go back; `mending`
finds what nobody works on. None of these imports Prefect. `respond`, `gate`, `notify`, `intake` and `watch` do.
"""
