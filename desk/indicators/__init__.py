"""How well complaints are handled (5-indicators.md), honestly: with what was counted and how sure one can be."""
