"""Hashing of passwords."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with the least that OWASP's password storage cheat sheet allows: 19 MiB, two passes, one lane.

    A quarter of a second for each sign-in would be a minute for a herd of five hundred on two cores. A hash with other
    parameters is renewed when its person signs in.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
