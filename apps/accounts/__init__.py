"""Who: people, their role, their cohorts and the audit trail of what they did.

Owns User, Cohort, Membership and AuditEvent. Only its services write them; every room above may read them
and appends to the trail through `services.record_event`.
"""
