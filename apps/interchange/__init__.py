"""Files to bank and back: item packs in git today, other formats as adapters beside them later.

Every import is validated whole before the first write and commits in one transaction, recorded as an ImportBatch.
"""
