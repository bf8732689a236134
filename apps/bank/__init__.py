"""What may be asked: certifications, the curriculum, items with their immutable versions, keys and reviews.

Item content is written by importers and the editor through `services`. What the candidate sees is an ItemVersion;
what the answer says is a Key revision, in tables of its own that no page of an open attempt ever reads.
"""
