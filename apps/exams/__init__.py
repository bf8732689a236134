"""What is asked: blueprints and the forms assembled from them.

Design time. A published form is frozen: it carries its own copy of time limit, scale, cut and weights, and the rooms
above read only the form from then on.
"""
