"""The local stack: real PostgreSQL and Valkey from wheels, and the processes of Cutscore, in one command.

`python -m config.stack run` serves the demo; `python -m config.stack exec -- COMMAND` runs a command beside throw-away
servers. Nothing here is imported by the application.
"""
