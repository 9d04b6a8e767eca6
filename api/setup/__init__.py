"""What has to be there before Sanbian runs: both virtual environments, the pages, the tables, the trained model.

Each step does nothing when its result is already there and belongs to the present sources. `install`, `process`, `progress`,
`errors` and `locks` use the standard library only, for `make run` starts with them on a machine that has nothing else.
"""
